#pragma once
#include <algorithm>
#include <cstdint>
#include <span>

#include "cpu/gene_table.hpp"

namespace cupel {

// One group against the control on one gene.
struct GeneSums {
  std::int64_t two_u = 0;
  math::Uint128 ties = 0;
};

// How many more ties a run of `group` tied keys makes when it joins `control` equal ones.
inline math::Uint128 joined_ties(std::int64_t group, std::int64_t control) {
  return math::tie_term(static_cast<std::uint64_t>(group + control)) -
         math::tie_term(static_cast<std::uint64_t>(control));
}

// Over nonzero keys, ascending: 2·below + equal among the control's nonzero keys, and the ties they
// add. `find` takes a key to its Place.
template <typename Key, typename Find>
[[nodiscard]] GeneSums sum_runs(std::span<const Key> keys, const Find& find) {
  GeneSums sums;
  for (std::size_t begin = 0; begin < keys.size();) {
    std::size_t end = begin + 1;
    while (end < keys.size() && keys[end] == keys[begin]) ++end;
    const auto run = static_cast<std::int64_t>(end - begin);
    const Place place = find(keys[begin]);
    sums.two_u += run * (2 * place.below + place.equal);
    if (run > 1 || place.equal > 0) sums.ties += joined_ties(run, place.equal);
    begin = end;
  }
  return sums;
}

// All of one gene: `keys` are the group's stored keys, ascending; sum_nonzero takes those of one
// sign to what sum_runs() would give.
template <typename Key, typename SumNonzero>
[[nodiscard]] GeneSums gene_sums(const GeneFacts& control, std::int64_t n_control,
                                 std::span<const Key> keys, std::int64_t n_group,
                                 const SumNonzero& sum_nonzero) {
  std::span<const Key> negative;
  std::span<const Key> positive = keys;
  if (!keys.empty() && keys.front() <= 0) {
    const auto zeros = std::ranges::equal_range(keys, Key{0});
    negative = {keys.begin(), zeros.begin()};
    positive = {zeros.end(), keys.end()};
  }
  GeneSums sums = sum_nonzero(positive);
  if (!negative.empty()) {
    const GeneSums below = sum_nonzero(negative);
    sums.two_u += below.two_u;
    sums.ties += below.ties;
  }
  const std::int64_t zeros = n_group - std::ssize(negative) - std::ssize(positive);
  const std::int64_t control_zeros = n_control - control.n_keys;
  sums.two_u +=
      std::ssize(positive) * 2 * control_zeros + zeros * (2 * control.n_negative + control_zeros);
  sums.ties += control.ties + math::tie_term(static_cast<std::uint64_t>(zeros + control_zeros));
  return sums;
}

}  // namespace cupel
