#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace cupel {

// Sorts one cell's genes by their count. Cells hold few distinct counts, half of them 1, so what is
// ranked is worked out once per run instead of once per gene.
class CountRuns {
 public:
  struct Run {
    std::uint16_t count;
    std::uint32_t length;
  };

  // Writes the genes to `out`, run after run; the runs' counts are distinct below 256, above that a
  // run may be one gene. Valid until the next call.
  std::span<const Run> split(const std::uint16_t* genes, const std::uint16_t* counts,
                             std::uint32_t n, std::uint16_t* out);

 private:
  static constexpr std::uint16_t kPeeled = 4;  // counts 1 to 4 go by vector compression

  // Moves the genes of counts 1 to kPeeled to `out` and leaves the others in rest_. Returns how
  // many were moved.
  std::uint32_t peel(const std::uint16_t* genes, const std::uint16_t* counts, std::uint32_t n,
                     std::uint16_t* out);
  void split_rest(const std::uint16_t* genes, const std::uint16_t* counts, std::uint32_t n,
                  std::uint16_t* out);

  std::vector<Run> runs_;
  std::vector<std::uint16_t> peeled_[kPeeled];
  std::vector<std::uint16_t> rest_genes_;
  std::vector<std::uint16_t> rest_counts_;
  std::uint32_t rest_ = 0;
};

}  // namespace cupel
