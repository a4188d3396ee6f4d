#include "io/canonical.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include "cupel/multiversion.hpp"
#include "data/row_key.hpp"
#include "io/narrow.hpp"

namespace cupel::io {
namespace {

template <typename Use>
decltype(auto) with_types(const Entries& entries, Use&& use) {
  return visit(CellsView{entries.genes, entries.values, nullptr, nullptr, 0, 0, entries.gene_type,
                         entries.value_type, Space::kHost},
               [&](const auto& typed) { return use(typed.genes, typed.values); });
}

template <typename Gene>
CUPEL_MULTIVERSION std::int64_t descents(const Gene* genes, std::int64_t n) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i + 1 < n; ++i) count += genes[i] >= genes[i + 1] ? 1 : 0;
  return count;
}

template <typename Value>
CUPEL_MULTIVERSION std::int64_t zeros(const Value* values, std::int64_t n) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < n; ++i) count += values[i] == Value{0} ? 1 : 0;
  return count;
}

template <typename Gene, typename Value>
CUPEL_MULTIVERSION std::uint64_t keys(const Gene* genes, const Value* values, std::int64_t n) {
  std::uint64_t sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += entry_key(genes[i], static_cast<double>(values[i]));
  return sum;
}

// a + b as the file's type adds: floats round, integers wrap, booleans stay true.
double add(double a, double b, const NumberType& type) {
  if (type.is_bool) return a != 0 || b != 0 ? 1.0 : 0.0;
  if (type.element == ElementType::kF64) return a + b;
  if (type.element == ElementType::kF32) {
    return static_cast<double>(static_cast<float>(a) + static_cast<float>(b));
  }
  if (type.element == ElementType::kF16) {
    const float sum = static_cast<float>(a) + static_cast<float>(b);
    return static_cast<double>(half_to_float(float_to_half(sum)));
  }
  const auto wrapped = static_cast<std::uint64_t>(static_cast<std::int64_t>(a)) +
                       static_cast<std::uint64_t>(static_cast<std::int64_t>(b));
  switch (type.element) {
    case ElementType::kI8:
      return static_cast<double>(static_cast<std::int8_t>(wrapped));
    case ElementType::kI16:
      return static_cast<double>(static_cast<std::int16_t>(wrapped));
    case ElementType::kI32:
      return static_cast<double>(static_cast<std::int32_t>(wrapped));
    case ElementType::kU8:
      return static_cast<double>(static_cast<std::uint8_t>(wrapped));
    case ElementType::kU16:
      return static_cast<double>(static_cast<std::uint16_t>(wrapped));
    case ElementType::kU32:
      return static_cast<double>(static_cast<std::uint32_t>(wrapped));
    default:
      break;
  }
  return a + b;  // a sum beyond 2^53 does not fit a double exactly and is refused by whoever asks
}

}  // namespace

std::int64_t count_descents(const Entries& entries, std::int64_t n) {
  return with_types(entries, [&](const auto* genes, const auto*) { return descents(genes, n); });
}

bool descends_into(const Entries& entries) {
  return with_types(entries, [](const auto* genes, const auto*) { return genes[-1] >= genes[0]; });
}

std::int64_t count_zeros(const Entries& entries, std::int64_t n) {
  return with_types(entries, [&](const auto*, const auto* values) { return zeros(values, n); });
}

std::uint64_t sum_of_keys(const Entries& entries, std::int64_t n) {
  return with_types(entries,
                    [&](const auto* genes, const auto* values) { return keys(genes, values, n); });
}

std::int64_t canonicalise(const Entries& row, std::int64_t n, const NumberType& type,
                          RowWorkspace& workspace) {
  return with_types(
      row, [&]<typename Gene, typename Value>(const Gene* genes, const Value* values) {
        auto& sums = workspace.sums_;
        auto& present = workspace.present_;
        for (std::int64_t i = 0; i < n; ++i) {
          const std::size_t gene = genes[i];
          const auto value = static_cast<double>(values[i]);
          const std::uint64_t bit = std::uint64_t{1} << (gene % 64);
          sums[gene] = (present[gene / 64] & bit) == 0 ? value : add(sums[gene], value, type);
          present[gene / 64] |= bit;
        }
        // First whether every sum fits, so that a failure leaves the row as it was.
        bool fits = true;
        for (std::int64_t i = 0; i < n; ++i) {
          const double sum = sums[genes[i]];
          if constexpr (std::is_integral_v<Value>) {
            fits = fits && sum >= 0 && sum <= 65535 && sum == std::floor(sum);
          } else if constexpr (sizeof(Value) == 4) {
            fits = fits && (std::isnan(sum) || static_cast<double>(static_cast<float>(sum)) == sum);
          } else {
            fits = fits && (is_float(type.element) || std::abs(sum) <= 0x1p53);
          }
        }
        std::int64_t kept = 0;
        auto* out_genes = reinterpret_cast<Gene*>(row.genes);
        auto* out_values = reinterpret_cast<Value*>(row.values);
        for (std::size_t word = 0; word < present.size(); ++word) {
          for (std::uint64_t bits = present[word]; bits != 0; bits &= bits - 1) {
            const std::size_t gene = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
            if (!fits || sums[gene] == 0) continue;
            out_genes[kept] = static_cast<Gene>(gene);
            out_values[kept] = static_cast<Value>(sums[gene]);
            ++kept;
          }
          present[word] = 0;
        }
        return fits ? kept : std::int64_t{-1};
      });
}

}  // namespace cupel::io
