#include "data/lognorm_screen.hpp"

#include <utility>

#include "cupel/math/libm_log1p.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kRowsPerChunk = 64;

template <typename Real, typename Value>
void take_log(const Value* counts, std::int32_t n, double target_sum, Real* logs) {
  double total = 0.0;
  for (std::int32_t i = 0; i < n; ++i) total += static_cast<double>(counts[i]);
  const auto divisor =
      total == 0.0 ? Real{1} : static_cast<Real>(total) / static_cast<Real>(target_sum);
  for (std::int32_t i = 0; i < n; ++i) {
    const Real linear = static_cast<Real>(counts[i]) / divisor;
    logs[i] = static_cast<Real>(math::libm_log1p(static_cast<double>(linear)));
  }
}

template <typename Real>
Cells lognorm_of(Cells counts, double target_sum, ValueType type) {
  const auto value_bytes = counts.value_type == ValueType::kU16   ? sizeof(std::uint16_t)
                           : counts.value_type == ValueType::kF32 ? sizeof(float)
                                                                  : sizeof(double);
  const auto entries = counts.values.size() / static_cast<std::int64_t>(value_bytes);
  auto logs = make_host_buffer<std::byte>(entries * static_cast<std::int64_t>(sizeof(Real)));
  auto* values = reinterpret_cast<Real*>(logs.data());
  visit(counts.view(), [&](auto cells) {
    for_each_chunk(cells.rows, kRowsPerChunk, [&](std::int64_t begin, std::int64_t end) {
      for (auto row = begin; row < end; ++row) {
        const auto first = cells.row_begin[row];
        take_log(cells.values + first, cells.row_length[row], target_sum, values + first);
      }
    });
  });
  counts.values = std::move(logs);
  counts.value_type = type;
  return counts;
}

class LognormScreen final : public Screen {
 public:
  LognormScreen(std::shared_ptr<Screen> counts, double target_sum)
      : counts_(std::move(counts)), target_sum_(target_sum) {}

  [[nodiscard]] const std::string& path() const override { return counts_->path(); }
  [[nodiscard]] std::int64_t n_cells() const override { return counts_->n_cells(); }
  [[nodiscard]] const std::vector<std::string>& genes() const override { return counts_->genes(); }
  [[nodiscard]] const std::vector<std::string>& cell_names() override {
    return counts_->cell_names();
  }
  [[nodiscard]] std::vector<std::string> obs_names() const override { return counts_->obs_names(); }
  [[nodiscard]] Column obs(std::string_view name) override { return counts_->obs(name); }
  [[nodiscard]] MatrixInfo matrix_info() const override { return counts_->matrix_info(); }

  [[nodiscard]] LoadedCells read(std::span<const std::int64_t> rows) override {
    LoadedCells loaded = counts_->read(rows);
    loaded.cells = holds_doubles(*counts_)
                       ? lognorm_of<double>(std::move(loaded.cells), target_sum_, ValueType::kF64)
                       : lognorm_of<float>(std::move(loaded.cells), target_sum_, ValueType::kF32);
    return loaded;
  }
  // Counts in two bytes each, with a gene in two or four, and their logarithms beside them.
  [[nodiscard]] std::int64_t bytes_to_read(std::span<const std::int64_t> rows) override {
    return counts_->bytes_to_read(rows) * (holds_doubles(*counts_) ? 3 : 2);
  }

 private:
  std::shared_ptr<Screen> counts_;
  double target_sum_;
};

}  // namespace

bool holds_doubles(const Screen& screen) { return screen.matrix_info().dtype == "float64"; }

std::unique_ptr<Screen> as_lognorm(std::shared_ptr<Screen> counts, double target_sum) {
  return std::make_unique<LognormScreen>(std::move(counts), target_sum);
}

}  // namespace cupel
