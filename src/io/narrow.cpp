#include "io/narrow.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "cupel/multiversion.hpp"

namespace cupel::io {
namespace {

// Without comparisons, which would keep the compiler from using vectors: added to 2^23 (2^52 for
// double), a number from 0 on leaves its nearest integer in the lowest bits.
template <typename From>
CUPEL_MULTIVERSION bool floats_to_u16(const From* from, std::int64_t n, std::uint16_t* out) {
  using Bits = std::conditional_t<sizeof(From) == 4, std::uint32_t, std::uint64_t>;
  constexpr auto kShift = static_cast<From>(Bits{1} << (std::numeric_limits<From>::digits - 1));
  Bits bad = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const From value = from[i] + From(0);  // -0 becomes 0
    const From shifted = value + kShift;
    const Bits whole = std::bit_cast<Bits>(shifted) - std::bit_cast<Bits>(kShift);
    bad |= whole >> 16;                                                         // out of range, NaN
    bad |= std::bit_cast<Bits>(shifted - kShift) ^ std::bit_cast<Bits>(value);  // no integer
    out[i] = static_cast<std::uint16_t>(whole);
  }
  return bad == 0;
}

template <typename From>
CUPEL_MULTIVERSION bool integers_to_u16(const From* from, std::int64_t n, std::uint16_t* out) {
  using Unsigned = std::make_unsigned_t<From>;
  Unsigned all = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    all = static_cast<Unsigned>(all | static_cast<Unsigned>(from[i]));
    out[i] = static_cast<std::uint16_t>(from[i]);
  }
  // A negative value sets the top bit; one of u8 has none beyond 16.
  if constexpr (std::is_signed_v<From>) {
    if (static_cast<From>(all) < 0) return false;
  }
  return static_cast<std::uint64_t>(all) <= 65535;
}

// Integers to float or double. Beyond 2^53 none is taken, not even those that would fit by chance.
template <typename From, typename To>
CUPEL_MULTIVERSION bool integers_to_floats(const From* from, std::int64_t n, To* out) {
  constexpr auto kMost = std::int64_t{1} << 53;
  unsigned bad = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if constexpr (sizeof(From) == 8) {
      bool in_range = from[i] <= static_cast<From>(kMost);
      if constexpr (std::is_signed_v<From>) in_range = in_range && from[i] >= -kMost;
      bad |= static_cast<unsigned>(!in_range);
    }
    const auto exact = static_cast<double>(from[i]);
    out[i] = static_cast<To>(exact);
    bad |= static_cast<unsigned>(static_cast<double>(out[i]) != exact);
  }
  return bad == 0;
}

CUPEL_MULTIVERSION bool doubles_to_floats(const double* from, std::int64_t n, float* out) {
  unsigned bad = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double value = from[i];
    const auto narrow = static_cast<float>(value);
    const auto same = static_cast<unsigned>(static_cast<double>(narrow) == value);
    const auto is_nan = static_cast<unsigned>(value != value);
    bad |= 1U ^ (same | is_nan);
    out[i] = narrow;
  }
  return bad == 0;
}

template <typename From, typename To>
CUPEL_MULTIVERSION bool widen_floats(const From* from, std::int64_t n, To* out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<To>(from[i]);
  return true;
}

template <typename From, typename To>
bool convert(const From* from, std::int64_t n, To* out) {
  constexpr bool kToU16 = std::is_same_v<To, std::uint16_t>;
  if constexpr (std::is_floating_point_v<From>) {
    if constexpr (kToU16)
      return floats_to_u16(from, n, out);
    else if constexpr (sizeof(From) > sizeof(To))
      return doubles_to_floats(from, n, out);
    else
      return widen_floats(from, n, out);
  } else {
    if constexpr (kToU16)
      return integers_to_u16(from, n, out);
    else
      return integers_to_floats(from, n, out);
  }
}

template <typename From>
bool convert_to(const std::byte* values, std::int64_t n, ValueType to, std::byte* out) {
  const auto* from = reinterpret_cast<const From*>(values);
  switch (to) {
    case ValueType::kU16:
      return convert(from, n, reinterpret_cast<std::uint16_t*>(out));
    case ValueType::kF32:
      return convert(from, n, reinterpret_cast<float*>(out));
    case ValueType::kF64:
      break;
  }
  return convert(from, n, reinterpret_cast<double*>(out));
}

bool convert_halves(const std::byte* values, std::int64_t n, ValueType to, std::byte* out) {
  const auto* halves = reinterpret_cast<const std::uint16_t*>(values);
  constexpr std::int64_t kBlock = 1024;
  float block[kBlock];
  for (std::int64_t begin = 0; begin < n; begin += kBlock) {
    const std::int64_t size = std::min(kBlock, n - begin);
    for (std::int64_t i = 0; i < size; ++i) block[i] = half_to_float(halves[begin + i]);
    if (!convert_to<float>(reinterpret_cast<const std::byte*>(block), size, to,
                           out + begin * cupel::bytes_of(to))) {
      return false;
    }
  }
  return true;
}

// Calls use(From{}) with the C++ type of an element; halves have none.
template <typename Use>
bool with_type(ElementType type, Use&& use) {
  switch (type) {
    case ElementType::kI8:
      return use(std::int8_t{});
    case ElementType::kI16:
      return use(std::int16_t{});
    case ElementType::kI32:
      return use(std::int32_t{});
    case ElementType::kI64:
      return use(std::int64_t{});
    case ElementType::kU8:
      return use(std::uint8_t{});
    case ElementType::kU16:
      return use(std::uint16_t{});
    case ElementType::kU32:
      return use(std::uint32_t{});
    case ElementType::kU64:
      return use(std::uint64_t{});
    case ElementType::kF32:
      return use(float{});
    case ElementType::kF16:
    case ElementType::kF64:
      break;
  }
  return use(double{});
}

template <typename From, typename Gene>
CUPEL_MULTIVERSION bool convert_genes(const From* from, std::int64_t n, std::uint64_t n_genes,
                                      Gene* out) {
  using Unsigned = std::make_unsigned_t<From>;
  Unsigned most = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto index = static_cast<Unsigned>(from[i]);  // a negative one becomes huge
    most = index > most ? index : most;
    out[i] = static_cast<Gene>(index);
  }
  // A negative index of a narrow type is not huge enough to be beyond every number of genes.
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<From>::max());
  return n == 0 || (most <= kLargest && static_cast<std::uint64_t>(most) < n_genes);
}

}  // namespace

bool narrow_values(ElementType from, const std::byte* values, std::int64_t n, ValueType to,
                   std::byte* out) {
  if (from == ElementType::kF16) return convert_halves(values, n, to, out);
  return with_type(from, [&]<typename From>(From) { return convert_to<From>(values, n, to, out); });
}

bool narrow_genes(ElementType from, const std::byte* indices, std::int64_t n, std::int64_t n_genes,
                  GeneType to, std::byte* out) {
  return with_type(from, [&]<typename From>(From) {
    if constexpr (std::is_integral_v<From>) {
      const auto* typed = reinterpret_cast<const From*>(indices);
      const auto limit = static_cast<std::uint64_t>(n_genes);
      return to == GeneType::kU16
                 ? convert_genes(typed, n, limit, reinterpret_cast<std::uint16_t*>(out))
                 : convert_genes(typed, n, limit, reinterpret_cast<std::uint32_t*>(out));
    } else {
      return false;
    }
  });
}

std::optional<ValueType> narrowest(ElementType from, const std::byte* values, std::int64_t n,
                                   ValueType least) {
  constexpr std::int64_t kBlock = 1024;
  double room[kBlock];
  const std::int64_t size = bytes_of(from);
  auto type = least;
  for (std::int64_t begin = 0; begin < n;) {
    const std::int64_t count = std::min(kBlock, n - begin);
    if (narrow_values(from, values + begin * size, count, type,
                      reinterpret_cast<std::byte*>(room))) {
      begin += count;
    } else if (type == ValueType::kF64) {
      return std::nullopt;
    } else {
      type = static_cast<ValueType>(static_cast<int>(type) + 1);
    }
  }
  return type;
}

ValueType widest_needed(ElementType from) {
  switch (from) {
    case ElementType::kU8:
    case ElementType::kU16:
      return ValueType::kU16;
    case ElementType::kI8:
    case ElementType::kI16:
    case ElementType::kF16:
    case ElementType::kF32:
      return ValueType::kF32;
    default:
      return ValueType::kF64;
  }
}

float half_to_float(std::uint16_t half) noexcept {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = half >> 10 & 31U;
  const std::uint32_t mantissa = half & 1023U;
  if (exponent == 0) {  // zero and subnormals: mantissa * 2^-24
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
  }
  const std::uint32_t wide = exponent == 31 ? 255U : exponent + 112U;
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}

std::uint16_t float_to_half(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
  const float magnitude = std::abs(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7e00U);
  if (magnitude >= 65520.0F) return static_cast<std::uint16_t>(sign | 0x7c00U);  // rounds to inf
  if (magnitude < 0x1p-14F) {  // a multiple of 2^-24; adding 2^-1 leaves just those bits
    const float shifted = magnitude + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000U));
  }
  // Add just under half of what is cut off, one more if what is kept is odd.
  const std::uint32_t kept = std::bit_cast<std::uint32_t>(magnitude);
  const std::uint32_t rounded = kept + 0xfffU + (kept >> 13 & 1U);
  return static_cast<std::uint16_t>(sign | ((rounded >> 13) - (112U << 10)));
}

}  // namespace cupel::io
