#include <fmt/format.h>

#include <numeric>

#include "cupel/backend.hpp"
#include "data/batches.hpp"
#include "data/grouping.hpp"
#include "io/h5ad_screen.hpp"
#include "jobs.hpp"

namespace cupel::bench {
namespace {

struct Side {
  Cells cells;
  std::vector<std::int64_t> start;
};

Side read_side(Screen& screen, const std::vector<std::vector<std::int64_t>>& groups) {
  std::vector<std::int32_t> all(groups.size());
  std::iota(all.begin(), all.end(), 0);
  auto batch = read_batch(screen, groups, all);
  return {std::move(batch.cells), std::move(batch.start)};
}

class RankTestJob final : public Job {
 public:
  RankTestJob(const std::string& path, RankValues values, bool continuity)
      : values_(values), continuity_(continuity) {
    const auto screen = io::open_h5ad(path, "X");
    const auto grouping = group_cells(*screen, "target", "non-targeting", "").front();
    perturbations_ = grouping.perturbations;
    control_ = read_side(*screen, {grouping.control});
    groups_ = read_side(*screen, grouping.rows);
    genes_.resize(screen->genes().size());
    std::iota(genes_.begin(), genes_.end(), 0);
  }

  void run() override {
    const Linear linear{InputType::kCounts, 1e6, values_ == RankValues::kF32Linear, false};
    const auto mean = [&](const Side& side, const Matrix<double>& totals) {
      const auto moments = backend_->group_moments(side.cells.view(), totals.view(), side.start,
                                                   linear, {.linear = true});
      std::vector<double> reciprocal;
      for (std::size_t k = 0; k + 1 < side.start.size(); ++k) {
        reciprocal.push_back(1.0 / static_cast<double>(side.start[k + 1] - side.start[k]));
      }
      return backend_->scale_rows(moments.linear.view(), reciprocal);
    };
    const auto control_totals = backend_->row_totals(control_.cells.view(), linear.input);
    const auto totals = backend_->row_totals(groups_.cells.view(), linear.input);
    const auto reference = backend_->make_rank_reference(
        control_.cells.view(), control_totals.view(), linear, values_, genes_);
    sums_ = backend_->rank_sums(*reference, groups_.cells.view(), totals.view(), groups_.start);
    p_ = backend_->rank_sum_p_values(sums_, groups_.start, reference->n_cells(), continuity_);
    adjusted_ = backend_->adjust_p_values(std::as_const(p_).view());
    const auto control_mean = mean(control_, control_totals);
    fold_change_ =
        backend_->log2_fold_change(mean(groups_, totals).view(), control_mean.view(), 1e-9, 0.0);
  }

  void save(const std::string& prefix) const override {
    write_lines(prefix + ".groups", perturbations_);
    const auto write = [&](const char* name, const auto& matrix) {
      write_raw(prefix + name, matrix.view().data,
                static_cast<std::size_t>(matrix.view().size()) * sizeof *matrix.view().data);
    };
    write(".two_u", sums_.two_u);
    write(".p", p_);
    write(".fold_change", fold_change_);
  }

  std::string describe() const override {
    const auto stored = [](const Side& side) {
      const auto* length = side.cells.row_length.data();
      return std::accumulate(length, length + side.cells.row_length.size(), std::int64_t{0});
    };
    return fmt::format(
        "\"perturbations\": {}, \"cells\": {}, \"control_cells\": {}, \"genes\": {}, "
        "\"stored_values\": {}, \"control_stored_values\": {}",
        perturbations_.size(), groups_.start.back(), control_.start.back(), genes_.size(),
        stored(groups_) + stored(control_), stored(control_));
  }

 private:
  std::unique_ptr<Backend> backend_ = make_backend("cpu");
  RankValues values_;
  bool continuity_;
  std::vector<std::string> perturbations_;
  std::vector<std::int32_t> genes_;
  Side control_;
  Side groups_;
  RankSums sums_;
  Matrix<double> p_;
  Matrix<double> adjusted_;
  Matrix<double> fold_change_;
};

}  // namespace

std::unique_ptr<Job> make_rank_test_job(const Arguments& arguments) {
  return std::make_unique<RankTestJob>(
      arguments.at(0),
      arguments.at(1) == "f64-log1p" ? RankValues::kF64Log1p : RankValues::kF32Linear,
      arguments.at(2) == "continuity");
}

}  // namespace cupel::bench
