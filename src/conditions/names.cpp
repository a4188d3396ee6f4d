#include "conditions/names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cupel/error.hpp"
#include "text.hpp"

namespace cupel {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> parts_of(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  if (separator.empty()) return {std::string(trimmed(text))};
  for (;;) {
    const auto at = text.find(separator);
    parts.emplace_back(trimmed(text.substr(0, at)));
    if (at == text.npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

[[noreturn]] void refuse(std::string_view label, std::string_view what) {
  throw Error(ErrorKind::kInput, fmt::format("label '{}' {}", label, what));
}

// Reads what Python's repr() writes of a list of (text, number, text).
class TupleReader {
 public:
  explicit TupleReader(std::string_view label) : label_(label), rest_(label) {}

  std::vector<Treatment> read() {
    std::vector<Treatment> all;
    expect('[');
    while (!take(']')) {
      if (!all.empty()) expect(',');
      expect('(');
      Treatment one{.name = text(), .dose = {}};
      expect(',');
      one.dose = canonical_dose(number());
      if (take(',')) one.dose += text();
      expect(')');
      all.push_back(std::move(one));
    }
    if (!rest_.empty()) odd();
    return all;
  }

 private:
  [[noreturn]] void odd() const {
    refuse(label_, "is not a list such as [('name', 0.5, 'uM')]; leave --tuples out");
  }
  void skip_spaces() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }
  bool take(char c) {
    skip_spaces();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    skip_spaces();
    return true;
  }
  void expect(char c) {
    if (!take(c)) odd();
  }
  std::string text() {
    skip_spaces();
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"')) odd();
    const char quote = rest_.front();
    rest_.remove_prefix(1);
    std::string found;
    while (!rest_.empty() && rest_.front() != quote) {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty()) odd();
      found += rest_.front();
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) odd();
    rest_.remove_prefix(1);
    return found;
  }
  std::string_view number() {
    const auto end = rest_.find_first_of(",)");
    if (end == rest_.npos || !parse_dose(rest_.substr(0, end))) odd();
    const auto found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }

  std::string_view label_;
  std::string_view rest_;
};

}  // namespace

std::vector<Treatment> parse_label(std::string_view label, std::string_view dose,
                                   const NameRule& rule) {
  std::vector<Treatment> all;
  if (rule.tuples) {
    all = TupleReader(label).read();
  } else {
    const auto names = parts_of(label, rule.separator);
    std::vector<std::string> doses;
    if (!trimmed(dose).empty()) {
      doses = parts_of(dose, rule.separator);
      if (doses.size() != 1 && doses.size() != names.size()) {
        refuse(label,
               fmt::format("has {} members and {} doses ('{}')", names.size(), doses.size(), dose));
      }
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto& of_member = doses.empty() ? std::string() : doses[doses.size() == 1 ? 0 : i];
      all.push_back({.name = names[i], .dose = canonical_dose(of_member)});
    }
  }
  for (const auto& one : all) {
    if (one.name.empty()) {
      refuse(label, fmt::format("has an empty member between its separators '{}'; give the right "
                                "--separator ('' for labels that are one name)",
                                rule.separator));
    }
  }
  std::erase_if(all, [&](const Treatment& one) {
    return std::ranges::find(rule.controls, one.name) != rule.controls.end();
  });
  std::ranges::sort(all);
  return all;
}

std::string dose_text(std::string_view label, std::span<const std::string> members,
                      std::span<const std::string> doses, const NameRule& rule) {
  if (doses.empty()) return {};
  if (std::ranges::all_of(doses, [&](const auto& dose) { return dose == doses.front(); })) {
    return doses.front();
  }
  std::vector<std::string> in_order;
  std::vector<bool> used(members.size(), false);
  for (const auto& name : parts_of(label, rule.separator)) {
    in_order.emplace_back();  // of a control token
    for (std::size_t k = 0; k < members.size(); ++k) {
      if (used[k] || members[k] != name) continue;
      used[k] = true;
      in_order.back() = doses[k];
      break;
    }
  }
  // A label that is none of the members says its doses itself (NameRule::tuples).
  if (std::ranges::find(used, false) != used.end()) return fmt::format("{}", fmt::join(doses, "+"));
  return fmt::format("{}", fmt::join(in_order, rule.separator));
}

std::string canonical_name(std::span<const std::string> members) {
  if (members.empty()) return "control";
  std::string name = members.front();
  for (const auto& member : members.subspan(1)) name.append("+").append(member);
  return name;
}

std::optional<Dose> parse_dose(std::string_view text) {
  text = trimmed(text);
  Dose dose;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), dose.value);
  if (error != std::errc() || !std::isfinite(dose.value)) return std::nullopt;
  dose.unit = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  return dose;
}

std::string canonical_dose(std::string_view text) {
  const auto dose = parse_dose(text);
  if (!dose) return std::string(trimmed(text));
  return number_text(dose->value + 0.0).append(dose->unit);  // + 0.0: "-0" is "0"
}

}  // namespace cupel
