#include "io/labels.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <numeric>
#include <string_view>
#include <unordered_map>

namespace cupel::io {
namespace {

// Python's repr: the shortest digits that read back the same, scientific where the exponent is
// below -4 or at least 16.
template <typename Float>
std::string shortest(Float value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  const std::string text(buffer, end);  // "-1.25e+03"
  const std::size_t e = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(),
                  exponent);
  if (exponent < -4 || exponent >= 16) return text;
  const std::string sign = text[0] == '-' ? "-" : "";
  std::string digits;
  for (const char c : std::string_view(text).substr(sign.size(), e - sign.size())) {
    if (c != '.') digits.push_back(c);
  }
  if (exponent < 0) {
    return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) digits.append(whole + 1 - digits.size(), '0');
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

// Numbers each distinct key by first appearance, writes them as text, then sorts the texts.
template <typename Value, typename Key, typename Text, typename Missing>
void label(std::span<const Value> values, Column& column, const Key& key_of, const Text& text_of,
           const Missing& is_missing) {
  using KeyType = decltype(key_of(values[0]));
  std::unordered_map<KeyType, std::int32_t> code_of;
  std::vector<std::string> texts;
  column.codes.assign(values.size(), -1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (is_missing(i)) continue;
    const auto [at, is_new] =
        code_of.try_emplace(key_of(values[i]), static_cast<std::int32_t>(texts.size()));
    if (is_new) texts.push_back(text_of(values[i]));
    column.codes[i] = at->second;
  }
  // std::string compares bytes as unsigned char, which orders UTF-8 by codepoint.
  std::vector<std::int32_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0);
  const auto text_at = [&](std::int32_t k) -> const std::string& {
    return texts[static_cast<std::size_t>(k)];
  };
  std::ranges::sort(order, {}, text_at);
  std::vector<std::int32_t> rank(texts.size());
  column.categories.clear();
  for (std::size_t k = 0; k < order.size(); ++k) {
    rank[static_cast<std::size_t>(order[k])] = static_cast<std::int32_t>(k);
    column.categories.push_back(text_at(order[k]));
  }
  for (auto& code : column.codes) {
    if (code >= 0) code = rank[static_cast<std::size_t>(code)];
  }
}

auto masked(std::span<const std::uint8_t> missing) {
  return [missing](std::size_t i) { return !missing.empty() && missing[i] != 0; };
}

template <typename Float>
void label_floating(std::span<const Float> values, std::span<const std::uint8_t> missing,
                    Column& column) {
  using Bits = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
  label(
      values, column, [](Float v) { return std::bit_cast<Bits>(v); },
      [](Float v) { return shortest(v); },
      [&](std::size_t i) {
        return std::isnan(values[i]) || (!missing.empty() && missing[i] != 0);
      });
}

}  // namespace

void label_texts(std::span<const std::string> texts, std::span<const std::uint8_t> missing,
                 Column& column) {
  label(
      texts, column, [](const std::string& text) { return std::string_view(text); },
      [](const std::string& text) { return text; }, masked(missing));
}

void label_integers(std::span<const std::int64_t> values, std::span<const std::uint8_t> missing,
                    Column& column) {
  label(
      values, column, [](std::int64_t v) { return v; },
      [](std::int64_t v) { return std::to_string(v); }, masked(missing));
}

void label_unsigned(std::span<const std::uint64_t> values, std::span<const std::uint8_t> missing,
                    Column& column) {
  label(
      values, column, [](std::uint64_t v) { return v; },
      [](std::uint64_t v) { return std::to_string(v); }, masked(missing));
}

void label_bools(std::span<const std::uint8_t> values, std::span<const std::uint8_t> missing,
                 Column& column) {
  label(
      values, column, [](std::uint8_t v) { return v != 0; },
      [](std::uint8_t v) { return std::string(v != 0 ? "True" : "False"); }, masked(missing));
}

void label_floats(std::span<const float> values, std::span<const std::uint8_t> missing,
                  Column& column) {
  label_floating(values, missing, column);
}

void label_doubles(std::span<const double> values, std::span<const std::uint8_t> missing,
                   Column& column) {
  label_floating(values, missing, column);
}

std::string python_text(double value) { return shortest(value); }
std::string python_text(float value) { return shortest(value); }

}  // namespace cupel::io
