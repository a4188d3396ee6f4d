#include "splits/draw.hpp"

#include <algorithm>
#include <numeric>

namespace cupel::splits {

std::vector<std::int64_t> shared_out(std::span<const std::int64_t> sizes, std::int64_t total) {
  const auto all = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  std::vector<std::int64_t> shares(sizes.size(), 0);
  if (all == 0) return shares;
  std::vector<std::int64_t> remainder(sizes.size());
  auto left = total;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    shares[i] = total * sizes[i] / all;  // at most its size, as total <= all
    remainder[i] = total * sizes[i] % all;
    left -= shares[i];
  }
  std::vector<std::size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return remainder[i]; });
  for (std::size_t i = 0; left > 0; ++i, --left) ++shares[order[i]];
  return shares;
}

}  // namespace cupel::splits
