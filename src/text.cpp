#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <mutex>
#include <numeric>
#include <set>

#include "cupel/error.hpp"

namespace cupel {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 2) + 1;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string listed(std::span<const std::string> names, std::size_t limit) {
  const auto shown = names.first(std::min(limit, names.size()));
  auto text = fmt::format("{}", fmt::join(shown, ", "));
  if (names.size() > limit) text += fmt::format(" and {} more", names.size() - limit);
  return text;
}

std::string grouped(std::int64_t number) {
  auto digits = std::to_string(number);
  const auto first = digits.front() == '-' ? 1 : 0;
  for (auto at = static_cast<std::int64_t>(digits.size()) - 3; at > first; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ' ');
  }
  return digits;
}

std::int64_t parse_bytes(std::string_view text) {
  double number = 0.0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double factor = 0.0;
  if (unit.empty() || unit == "B") factor = 1.0;
  else if (unit == "K" || unit == "KiB") factor = 1024.0;
  else if (unit == "M" || unit == "MiB") factor = 1024.0 * 1024.0;
  else if (unit == "G" || unit == "GiB") factor = 1024.0 * 1024.0 * 1024.0;
  else if (unit == "T" || unit == "TiB") factor = 1024.0 * 1024.0 * 1024.0 * 1024.0;
  if (status != std::errc{} || factor == 0.0 || !(number > 0.0) || number * factor > 9e18) {
    throw Error(ErrorKind::kUsage,
                fmt::format("'{}' is not an amount of memory; write 8G, 512M or bytes", text));
  }
  return static_cast<std::int64_t>(number * factor);
}

std::string bytes_text(std::int64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= 1024.0 && unit + 1 < std::size(kUnits)) {
    amount /= 1024.0;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", amount, unit == 0 ? 0 : 1, kUnits[unit]);
}

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return fmt::format("{}", value);
}

std::string_view kept(const std::string& text) {
  static std::mutex one_at_a_time;
  static std::set<std::string, std::less<>> texts;  // nodes stay where they are
  const std::lock_guard lock(one_at_a_time);
  return *texts.insert(text).first;
}

}  // namespace cupel
