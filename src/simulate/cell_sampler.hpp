#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace cupel::simulate {

// The order in which a context's genes are drawn: by mean, so that neighbours take equally many
// steps, padded to whole lanes.
class DrawOrder {
 public:
  explicit DrawOrder(std::span<const double> baseline);
  [[nodiscard]] std::size_t slots() const noexcept { return slots_; }
  [[nodiscard]] std::span<const std::int32_t> gene_of_slot() const noexcept { return genes_; }

 private:
  std::size_t slots_;
  std::vector<std::int32_t> genes_;
};

// Draws cells of one profile after another; scratch is kept between them.
class CellSampler {
 public:
  CellSampler(const DrawOrder& order, std::span<const double> profile);

  // Appends the nonzero genes of one cell, ascending, and returns how many. Expected counts are
  // `library` · profile.
  std::int32_t draw(std::uint64_t key, double library, std::vector<std::int32_t>& genes,
                    std::vector<float>& values);

 private:
  const DrawOrder& order_;
  std::vector<double> profile_;        // slots
  std::vector<std::uint32_t> drawn_;   // slots
  std::vector<std::uint32_t> counts_;  // genes
  std::vector<std::int32_t> row_genes_;
  std::vector<float> row_values_;
};

}  // namespace cupel::simulate
