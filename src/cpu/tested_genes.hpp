#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace cupel {

// The genes under test, ascending, and the place of each gene of the file among them.
class TestedGenes {
 public:
  static constexpr std::int32_t kNotTested = -1;

  TestedGenes(std::span<const std::int32_t> ids, std::int64_t n_genes)
      : ids_(ids.begin(), ids.end()), place_(static_cast<std::size_t>(n_genes), kNotTested) {
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      place_[static_cast<std::size_t>(ids_[i])] = static_cast<std::int32_t>(i);
    }
  }

  [[nodiscard]] std::int64_t count() const { return std::ssize(ids_); }
  [[nodiscard]] bool all() const { return ids_.size() == place_.size(); }
  [[nodiscard]] const std::int32_t* place() const { return place_.data(); }
  [[nodiscard]] std::int32_t id(std::int64_t place) const {
    return ids_[static_cast<std::size_t>(place)];
  }

 private:
  std::vector<std::int32_t> ids_;
  std::vector<std::int32_t> place_;  // kNotTested where there is none
};

// Tested genes [first, last), at most 65,536 of them, so that 16 bits name a gene inside.
struct GeneWindow {
  static constexpr std::int64_t kMaxGenes = 65'536;
  std::int64_t first = 0;
  std::int64_t last = 0;
  [[nodiscard]] std::int64_t size() const { return last - first; }
};

// Cuts `n_genes` into at least `at_least` windows of equal size.
[[nodiscard]] inline std::vector<GeneWindow> gene_windows(std::int64_t n_genes,
                                                          std::int64_t at_least) {
  const std::int64_t size =
      std::clamp((n_genes + at_least - 1) / std::max<std::int64_t>(at_least, 1), std::int64_t{1},
                 GeneWindow::kMaxGenes);
  std::vector<GeneWindow> windows;
  for (std::int64_t first = 0; first < n_genes; first += size) {
    windows.push_back({first, std::min(first + size, n_genes)});
  }
  return windows;
}

}  // namespace cupel
