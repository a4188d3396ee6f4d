#include "simulate/cell_sampler.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "simulate/negative_binomial.hpp"

namespace cupel::simulate {

DrawOrder::DrawOrder(std::span<const double> baseline)
    : slots_((baseline.size() + kLanes - 1) / kLanes * kLanes), genes_(baseline.size()) {
  std::iota(genes_.begin(), genes_.end(), 0);
  std::ranges::stable_sort(genes_, std::ranges::less{}, [&](std::int32_t gene) {
    return baseline[static_cast<std::size_t>(gene)];
  });
}

CellSampler::CellSampler(const DrawOrder& order, std::span<const double> profile)
    : order_(order),
      profile_(order.slots()),
      drawn_(order.slots()),
      counts_(profile.size()),
      row_genes_(profile.size()),
      row_values_(profile.size()) {
  const auto genes = order.gene_of_slot();
  for (std::size_t slot = 0; slot < genes.size(); ++slot) {
    profile_[slot] = profile[static_cast<std::size_t>(genes[slot])];
  }
}

std::int32_t CellSampler::draw(std::uint64_t key, double library, std::vector<std::int32_t>& genes,
                               std::vector<float>& values) {
  draw_counts(key, library, profile_, drawn_);
  const auto gene_of_slot = order_.gene_of_slot();
  for (std::size_t slot = 0; slot < gene_of_slot.size(); ++slot) {
    counts_[static_cast<std::size_t>(gene_of_slot[slot])] = drawn_[slot];
  }
  // Without a branch: every gene is written, and only the nonzero ones move the end.
  std::size_t n = 0;
  for (std::size_t gene = 0; gene < counts_.size(); ++gene) {
    row_genes_[n] = static_cast<std::int32_t>(gene);
    row_values_[n] = static_cast<float>(counts_[gene]);
    n += counts_[gene] != 0 ? 1 : 0;
  }
  const auto end = static_cast<std::ptrdiff_t>(n);
  genes.insert(genes.end(), row_genes_.begin(), row_genes_.begin() + end);
  values.insert(values.end(), row_values_.begin(), row_values_.begin() + end);
  return static_cast<std::int32_t>(n);
}

}  // namespace cupel::simulate
