#include "cpu/gene_sums.hpp"

#include <algorithm>

#include "cpu/gene_sums_avx512.hpp"

namespace cupel {
namespace {

// How many more ties a run of `group` tied keys makes when it joins `control` equal ones.
math::Uint128 joined_ties(std::int64_t group, std::int64_t control) {
  return math::tie_term(static_cast<std::uint64_t>(group + control)) -
         math::tie_term(static_cast<std::uint64_t>(control));
}

// Over nonzero keys: 2·below + equal among the control's nonzero keys, and the ties they add.
template <typename Key>
GeneSums sum_runs(const GeneTable<Key>& table, std::span<const Key> keys) {
  GeneSums sums;
  for (std::size_t begin = 0; begin < keys.size();) {
    std::size_t end = begin + 1;
    while (end < keys.size() && keys[end] == keys[begin]) ++end;
    const auto run = static_cast<std::int64_t>(end - begin);
    const Place place = table.find(keys[begin]);
    sums.two_u += run * (2 * place.below + place.equal);
    if (run > 1 || place.equal > 0) sums.ties += joined_ties(run, place.equal);
    begin = end;
  }
  return sums;
}

}  // namespace

template <typename Key>
GeneSums gene_sums(const GeneTable<Key>& table, std::span<const Key> keys, std::int64_t n_group,
                   std::int64_t n_control) {
  std::span<const Key> negative;
  std::span<const Key> positive = keys;
  if (!keys.empty() && keys.front() <= 0) {
    const auto zeros = std::ranges::equal_range(keys, Key{0});
    negative = {keys.begin(), zeros.begin()};
    positive = {zeros.end(), keys.end()};
  }
  GeneSums sums;
  if constexpr (sizeof(Key) == sizeof(std::int32_t)) {
    sums = table.narrow ? sum_positive_avx512(table, positive) : sum_runs(table, positive);
  } else {
    sums = sum_runs(table, positive);
  }
  if (!negative.empty()) {
    const GeneSums below = sum_runs(table, negative);
    sums.two_u += below.two_u;
    sums.ties += below.ties;
  }
  const std::int64_t zeros = n_group - std::ssize(negative) - std::ssize(positive);
  const std::int64_t control_zeros = n_control - table.n_keys;
  sums.two_u +=
      std::ssize(positive) * 2 * control_zeros + zeros * (2 * table.n_negative + control_zeros);
  sums.ties += table.ties + math::tie_term(static_cast<std::uint64_t>(zeros + control_zeros));
  return sums;
}

template GeneSums gene_sums(const GeneTable<std::int32_t>&, std::span<const std::int32_t>,
                            std::int64_t, std::int64_t);
template GeneSums gene_sums(const GeneTable<std::int64_t>&, std::span<const std::int64_t>,
                            std::int64_t, std::int64_t);

}  // namespace cupel
