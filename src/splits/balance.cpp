#include "splits/balance.hpp"

#include <array>
#include <map>
#include <set>

namespace cupel::splits {
namespace {

// Perturbations in train, val and test, by stratum.
using StrataTable = std::map<std::string, std::array<double, 3>>;

StrataTable strata_table(const Manifest& manifest, const Fold& fold) {
  std::map<std::string, std::array<std::set<std::vector<std::string>>, 3>> names;
  for (std::size_t i = 0; i < fold.part.size(); ++i) {
    const auto part = static_cast<std::size_t>(fold.part[i]);
    const auto& condition = manifest.conditions[i];
    if (part < 3 && !is_control(condition)) {
      names[manifest.stratum[i]][part].insert(condition.members);
    }
  }
  StrataTable table;
  for (const auto& [stratum, of_part] : names) {
    for (std::size_t part = 0; part < 3; ++part) {
      table[stratum][part] = static_cast<double>(of_part[part].size());
    }
  }
  return table;
}

Balance balance_of(const StrataTable& table) {
  std::array<double, 3> in_part{};
  double all = 0.0;
  for (const auto& [stratum, counts] : table) {
    for (std::size_t part = 0; part < 3; ++part) {
      in_part[part] += counts[part];
      all += counts[part];
    }
  }
  Balance balance;
  for (const auto& [stratum, counts] : table) {
    const double in_stratum = counts[0] + counts[1] + counts[2];
    for (std::size_t part = 0; part < 3; ++part) {
      if (in_part[part] == 0.0) continue;
      const double expected = in_stratum * in_part[part] / all;
      balance.chi_square += (counts[part] - expected) * (counts[part] - expected) / expected;
    }
  }
  std::int64_t parts = 0;
  for (const double count : in_part) parts += count > 0.0 ? 1 : 0;
  if (parts > 0) balance.degrees = (std::ssize(table) - 1) * (parts - 1);
  return balance;
}

}  // namespace

Balance balance_of(const Manifest& manifest) {
  Balance largest;
  if (manifest.stratum.empty()) return largest;
  for (const auto& fold : manifest.folds) {
    const auto balance = balance_of(strata_table(manifest, fold));
    if (balance.degrees > 0 && (largest.degrees == 0 || balance.chi_square > largest.chi_square)) {
      largest = balance;
    }
  }
  return largest;
}

}  // namespace cupel::splits
