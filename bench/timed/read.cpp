#include <fmt/format.h>

#include <numeric>

#include "cupel/dataset.hpp"
#include "io/h5ad_screen.hpp"
#include "jobs.hpp"

namespace cupel::bench {
namespace {

class ReadJob final : public Job {
 public:
  explicit ReadJob(std::string path) : path_(std::move(path)) {}

  void reset() override { loaded_ = {}; }

  void run() override {
    const auto screen = io::open_h5ad(path_, "X");
    std::vector<std::int64_t> rows(static_cast<std::size_t>(screen->n_cells()));
    std::iota(rows.begin(), rows.end(), 0);
    loaded_ = screen->read(rows);
  }

  // Three sums that any reader of the same matrix must agree on, in whole numbers.
  void save(const std::string& prefix) const override {
    std::uint64_t sums[3] = {};
    visit(loaded_.cells.view(), [&](auto cells) {
      for (std::int64_t row = 0; row < cells.rows; ++row) {
        for (std::int64_t i = 0; i < cells.row_length[row]; ++i) {
          const auto at = cells.row_begin[row] + i;
          const auto value = static_cast<std::uint64_t>(cells.values[at]);
          sums[0] += 1;
          sums[1] += value;
          sums[2] += value * (static_cast<std::uint64_t>(cells.genes[at]) + 1) *
                     (static_cast<std::uint64_t>(row) + 1);
        }
      }
    });
    write_raw(prefix + ".sums", sums, sizeof sums);
  }

  std::string describe() const override {
    const auto info = io::open_h5ad(path_, "X")->matrix_info();
    return fmt::format("\"stored_values\": {}, \"stored_bytes\": {}", info.stored_values,
                       info.stored_bytes);
  }

 private:
  std::string path_;
  LoadedCells loaded_;
};

}  // namespace

std::unique_ptr<Job> make_read_job(const Arguments& arguments) {
  return std::make_unique<ReadJob>(arguments.at(0));
}

}  // namespace cupel::bench
