#include "splits/entities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "cupel/error.hpp"
#include "splits/draw.hpp"
#include "text.hpp"

namespace cupel::splits {
namespace {

// A share of n as a whole number; a share above 0 is one at least.
std::int64_t whole_share(double share, std::size_t n) {
  if (share <= 0.0 || n == 0) return 0;
  return std::max<std::int64_t>(1, std::llround(share * static_cast<double>(n)));
}

void put_named(std::span<const std::string> asked, Part part, const Entities& entities,
               std::string_view generator, std::string_view what, PartOf& parts) {
  for (const auto& name : asked) {
    if (!std::ranges::binary_search(entities.names, name)) {
      const auto near = nearest(name, entities.names);
      throw Error(ErrorKind::kUsage,
                  fmt::format("{}: no {} named '{}'{}; known: {}", generator, what, name,
                              near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                              listed(entities.names)));
    }
    auto& now = parts[name];
    if (now != Part::kTrain && now != part) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{}: '{}' is to be tested and validated", generator, name));
    }
    now = part;
  }
}

}  // namespace

PartOf deal_out(const Entities& entities, const SplitOptions& options, std::string_view generator,
                std::string_view what, std::uint32_t number) {
  PartOf parts;
  for (const auto& name : entities.names) parts[name] = Part::kTrain;
  put_named(options.hold_out, Part::kTest, entities, generator, what, parts);
  put_named(options.validate, Part::kVal, entities, generator, what, parts);

  // What the lists leave, by stratum.
  std::map<std::string, std::vector<std::string>> strata;
  for (std::size_t i = 0; i < entities.names.size(); ++i) {
    if (parts.at(entities.names[i]) != Part::kTrain) continue;
    strata[entities.stratum.empty() ? std::string() : entities.stratum[i]].push_back(
        entities.names[i]);
  }
  for (auto& [stratum, names] : strata) {
    Draw draw(options.seed, fmt::format("{}/{}/{}", generator, what, stratum), number);
    draw.shuffle(std::span(names));
  }
  const auto put = [&](std::int64_t total, Part part) {
    std::vector<std::int64_t> sizes;
    std::int64_t all = 0;
    for (const auto& [stratum, names] : strata) {
      sizes.push_back(std::ssize(names));
      all += sizes.back();
    }
    if (total > all) total = all;  // refused below
    const auto shares = shared_out(sizes, total);
    std::size_t at = 0;
    for (auto& [stratum, names] : strata) {
      for (auto k = shares[at++]; k > 0; --k) {
        parts[names.back()] = part;
        names.pop_back();
      }
    }
  };
  const auto n = entities.names.size();
  if (options.hold_out.empty()) put(whole_share(options.test, n), Part::kTest);
  if (options.validate.empty()) put(whole_share(options.val, n), Part::kVal);
  if (std::ranges::none_of(parts, [](const auto& entry) { return entry.second == Part::kTrain; })) {
    refuse_split(generator,
                 fmt::format("{} {}s are too few to hold some out and train on the rest", n, what));
  }
  return parts;
}

std::vector<std::string> distinct(const Material& material,
                                  std::vector<std::string> (*values)(const Condition&)) {
  std::set<std::string> all;
  for (const auto& entry : material.conditions) {
    if (is_control(entry.condition)) continue;
    all.merge([&] {
      const auto some = values(entry.condition);
      return std::set<std::string>(some.begin(), some.end());
    }());
  }
  return {all.begin(), all.end()};
}

std::vector<std::string> context_of(const Condition& condition) { return {condition.context}; }

std::vector<std::string> name_of(const Condition& condition) {
  return {canonical_name(condition.members)};
}

Entities with_strata(std::vector<std::string> names, const SplitOptions& options) {
  Entities entities{.names = std::move(names), .stratum = {}};
  if (options.stratified_by.empty()) return entities;
  for (const auto& name : entities.names) {
    const auto found = options.stratum_of.find(name);
    entities.stratum.push_back(found == options.stratum_of.end() ? "other" : found->second);
  }
  return entities;
}

}  // namespace cupel::splits
