#pragma once
#include <span>

#include "cupel/backend.hpp"
#include "cupel/math/ranks.hpp"
#include "rank_keys.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// One tested gene of the control: where its distinct keys are, and what the zeros need to know.
// Bucket h holds the keys whose (key - lowest) >> shift is h. All is 0 where there are no keys.
template <typename Key>
struct ControlGene {
  std::int64_t keys_at;
  std::int64_t starts_at;
  math::Uint128 ties;  // of the runs among the keys
  Key lowest;
  std::uint32_t n_distinct;
  std::uint32_t n_keys;
  std::uint32_t n_negative;
  std::uint32_t buckets;
  int shift;
};

// Where a key stands among one gene's control keys that are not zero.
struct ControlPlace {
  std::uint32_t below;
  std::uint32_t equal;
};

// The control's keys, those that are not zero, gene by gene. Arrays of a gene begin at keys_at in
// `keys`, at keys_at + gene in `before`, which has one more, and at starts_at in `starts`.
template <typename Key>
struct ControlTables {
  std::int64_t n_cells = 0;
  const ControlGene<Key>* genes = nullptr;
  const Key* keys = nullptr;              // distinct, ascending
  const std::uint32_t* before = nullptr;  // how many keys are smaller; at the end, all
  const std::uint32_t* starts = nullptr;  // distinct keys before each bucket; at the end, all

  [[nodiscard]] __device__ ControlPlace find(const ControlGene<Key>& gene, std::int64_t at,
                                             Key key) const {
    using Distance = std::make_unsigned_t<Key>;
    if (key < gene.lowest) return {0, 0};
    const auto bucket =
        static_cast<Distance>(static_cast<Distance>(key) - static_cast<Distance>(gene.lowest)) >>
        gene.shift;
    if (bucket >= gene.buckets) return {gene.n_keys, 0};
    const std::uint32_t* start = starts + gene.starts_at + bucket;
    const Key* distinct = keys + gene.keys_at;
    const std::uint32_t found = start[0] + static_cast<std::uint32_t>(first_not_below(
                                               distinct + start[0], start[1] - start[0], key));
    const std::uint32_t* smaller = before + gene.keys_at + at + found;
    const bool equal = found < gene.n_distinct && distinct[found] == key;
    return {smaller[0], equal ? smaller[1] - smaller[0] : 0};
  }
};

// What a ControlTables looks at.
template <typename Key>
struct OwnedTables {
  Buffer<ControlGene<Key>> genes;
  Buffer<Key> keys;
  Buffer<std::uint32_t> before;
  Buffer<std::uint32_t> starts;

  [[nodiscard]] ControlTables<Key> view(std::int64_t n_cells) const {
    return {n_cells, genes.data(), keys.data(), before.data(), starts.data()};
  }
};

// The sorted control on the device; of the two kinds of tables it has the one that its rule ranks.
struct CudaRankReference final : RankReference {
  [[nodiscard]] std::int64_t n_cells() const noexcept override { return control_cells; }
  [[nodiscard]] std::int64_t n_genes() const noexcept override { return ids.size(); }
  [[nodiscard]] bool ranks_floats() const { return rule.values == RankValues::kF32Linear; }

  std::int64_t control_cells = 0;
  math::RankRule rule;
  Buffer<std::int32_t> ids;    // of the tested genes, ascending
  Buffer<std::int32_t> place;  // of each gene among them, or -1
  OwnedTables<std::int32_t> float_tables;
  OwnedTables<std::int64_t> double_tables;
};

// How each row's values become keys: rows × 1.
template <typename Key>
[[nodiscard]] Buffer<math::CellKeys<Key>> cell_keys(DeviceMemory& memory,
                                                    const math::RankRule& rule,
                                                    MatrixView<const double> totals);

extern template Buffer<math::CellKeys<std::int32_t>> cell_keys(DeviceMemory&, const math::RankRule&,
                                                               MatrixView<const double>);
extern template Buffer<math::CellKeys<std::int64_t>> cell_keys(DeviceMemory&, const math::RankRule&,
                                                               MatrixView<const double>);

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
