#pragma once
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "cupel/dataset.hpp"
#include "data/row_key.hpp"
#include "support/tiny_h5ad.hpp"

namespace cupel::test {

// One cell's entries, gene by gene: what reading a matrix means, from the definition.
using SlowRow = std::vector<std::pair<std::int64_t, double>>;

// Stored values at one place are added in their order by `add`; zeros are no entries.
inline std::vector<SlowRow> slow_rows(
    std::int64_t n_cells, std::span<const Triplet> entries,
    const std::function<double(double, double)>& add = std::plus<double>()) {
  std::vector<std::map<std::int64_t, double>> maps(static_cast<std::size_t>(n_cells));
  for (const Triplet& t : entries) {
    auto& row = maps[static_cast<std::size_t>(t.row)];
    const auto [at, is_new] = row.try_emplace(t.col, t.value);
    if (!is_new) at->second = add(at->second, t.value);
  }
  std::vector<SlowRow> rows;
  for (const auto& map : maps) {
    SlowRow& row = rows.emplace_back();
    for (const auto& [gene, value] : map) {
      if (value != 0) row.emplace_back(gene, value);
    }
  }
  return rows;
}

inline std::vector<SlowRow> rows_of(const LoadedCells& loaded) {
  return visit(loaded.cells.view(), [](const auto& cells) {
    std::vector<SlowRow> rows;
    for (std::int64_t r = 0; r < cells.rows; ++r) {
      SlowRow& row = rows.emplace_back();
      for (std::int64_t k = cells.row_begin[r]; k < cells.row_begin[r] + cells.row_length[r]; ++k) {
        row.emplace_back(cells.genes[k], static_cast<double>(cells.values[k]));
      }
    }
    return rows;
  });
}

inline std::uint64_t slow_key(const SlowRow& row) {
  std::uint64_t key = 0;
  for (const auto& [gene, value] : row) key += entry_key(static_cast<std::uint32_t>(gene), value);
  return key;
}

// Equal, where NaN equals NaN.
inline bool same(const SlowRow& a, const SlowRow& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const bool both_nan = std::isnan(a[k].second) && std::isnan(b[k].second);
    if (a[k].first != b[k].first || (a[k].second != b[k].second && !both_nan)) return false;
  }
  return true;
}

}  // namespace cupel::test
