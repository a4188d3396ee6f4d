#include "stats/content_fingerprint.hpp"

#include "data/fnv1a.hpp"

namespace cupel {

std::uint64_t fingerprint_of(const GroupBatch& batch, std::span<const std::string> labels) {
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < batch.groups.size(); ++k) {
    const auto label = fnv1a(labels[static_cast<std::size_t>(batch.groups[k])]);
    for (auto row = batch.start[k]; row < batch.start[k + 1]; ++row) {
      std::uint64_t x = batch.row_key[static_cast<std::size_t>(row)] ^ label;
      x = (x ^ (x >> 31)) * 0x9E3779B97F4A7C15ULL;
      sum += x ^ (x >> 29);
    }
  }
  return sum;
}

}  // namespace cupel
