#include "splits/claim.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cupel/error.hpp"

namespace cupel::splits {
namespace {

constexpr std::array<std::string_view, 4> kNovelty = {"seen", "members_seen", "partly_seen",
                                                      "unseen"};

// Looked up in TrainedSet; the others are derived.
constexpr std::array kLookedUp = {Key::kCondition, Key::kPair,    Key::kDose,  Key::kPerturbation,
                                  Key::kMember,    Key::kContext, Key::kBatch, Key::kDataset};

std::string perturbation_text(const Claim& claim) {
  switch (claim.perturbation) {
    case Novelty::kSeen:
      return claim.unseen_dose ? "unseen doses of seen perturbations" : "seen perturbations";
    case Novelty::kMembersSeen:
      return claim.combinations ? "unseen combinations of seen perturbations"
                                : "perturbations seen only within combinations";
    case Novelty::kPartlySeen:
      return "combinations of seen and unseen perturbations";
    case Novelty::kUnseen:
      break;
  }
  return claim.combinations ? "combinations of unseen perturbations" : "unseen perturbations";
}

std::string context_text(const Claim& claim) {
  if (claim.unseen_context) {
    return claim.hidden_controls ? "unseen context without its controls" : "unseen context";
  }
  if (claim.unseen_pair && claim.perturbation == Novelty::kSeen) {
    return fmt::format("seen context (up to {} trained perturbation{})", claim.shots,
                       claim.shots == 1 ? "" : "s");
  }
  return "seen context";
}

}  // namespace

std::string_view novelty_name(Novelty novelty) {
  return kNovelty[static_cast<std::size_t>(novelty)];
}

Novelty parse_novelty(std::string_view name) {
  const auto* const found = std::ranges::find(kNovelty, name);
  if (found == kNovelty.end()) {
    throw Error(ErrorKind::kInput, fmt::format("no degree of novelty named '{}'; known: {}", name,
                                               fmt::join(kNovelty, ", ")));
  }
  return static_cast<Novelty>(found - kNovelty.begin());
}

std::string text_of(const Claim& claim) {
  if (!claim.unseen_condition) {
    return claim.unseen_batch ? "seen conditions in unseen batches"
                              : "other cells of seen conditions: no generalisation";
  }
  return fmt::format("{}{}, {}", claim.unseen_dataset ? "unseen dataset, " : "",
                     context_text(claim), perturbation_text(claim));
}

Claim weaker_of(const Claim& a, const Claim& b) {
  return {.unseen_condition = a.unseen_condition && b.unseen_condition,
          .unseen_pair = a.unseen_pair && b.unseen_pair,
          .unseen_context = a.unseen_context && b.unseen_context,
          .hidden_controls = a.hidden_controls && b.hidden_controls,
          .unseen_dose = a.unseen_dose && b.unseen_dose,
          .unseen_batch = a.unseen_batch && b.unseen_batch,
          .unseen_dataset = a.unseen_dataset && b.unseen_dataset,
          .combinations = a.combinations && b.combinations,
          .perturbation = std::min(a.perturbation, b.perturbation),
          .shots = std::max(a.shots, b.shots)};
}

std::string excess_of(const Claim& claimed, const Claim& supported) {
  std::vector<std::string> words;
  const auto check = [&](bool claims, bool holds, const char* word) {
    if (claims && !holds) words.emplace_back(word);
  };
  check(claimed.unseen_condition, supported.unseen_condition, "unseen conditions");
  check(claimed.unseen_pair, supported.unseen_pair,
        "perturbations that their own context has not seen");
  check(claimed.unseen_context, supported.unseen_context, "an unseen context");
  check(claimed.hidden_controls, supported.hidden_controls, "hidden controls");
  check(claimed.unseen_dose, supported.unseen_dose, "unseen doses");
  check(claimed.unseen_batch, supported.unseen_batch, "unseen batches");
  check(claimed.unseen_dataset, supported.unseen_dataset, "an unseen dataset");
  check(claimed.perturbation > supported.perturbation, false,
        claimed.perturbation == Novelty::kUnseen       ? "unseen perturbations"
        : claimed.perturbation == Novelty::kPartlySeen ? "combinations with unseen members"
                                                       : "unseen combinations");
  if (claimed.unseen_pair && claimed.shots < supported.shots) {
    words.push_back(fmt::format("at most {} trained perturbations of the context, where {} are",
                                claimed.shots, supported.shots));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

void TrainedSet::add(const Condition& condition) {
  if (is_control(condition)) {
    contexts_of_controls_.insert(condition.context);
    return;
  }
  for (const auto key : kLookedUp) {
    for (auto& value : key_values(key, condition, {})) {
      values_[static_cast<std::size_t>(key)].insert(std::move(value));
    }
  }
  if (condition.members.size() == 1) singles_.insert(condition.members.front());
  of_context_[condition.context].insert(condition.members);
}

bool TrainedSet::has(Key key, const Condition& condition) const {
  return std::ranges::any_of(key_values(key, condition, {}), [&](const std::string& value) {
    return values_[static_cast<std::size_t>(key)].contains(value);
  });
}

ConditionNovelty TrainedSet::compare(const Condition& condition) const {
  ConditionNovelty novelty{.condition_seen = has(Key::kCondition, condition),
                           .pair_seen = has(Key::kPair, condition),
                           .context_seen = has(Key::kContext, condition),
                           .controls_seen = contexts_of_controls_.contains(condition.context),
                           .dose_seen = has(Key::kDose, condition),
                           .batch_seen = has(Key::kBatch, condition),
                           .dataset_seen = has(Key::kDataset, condition)};
  const auto& members = values_[static_cast<std::size_t>(Key::kMember)];
  for (const auto& member : condition.members) {
    if (members.contains(member)) ++novelty.members_seen;
  }
  const bool single = condition.members.size() == 1;
  novelty.only_in_combinations =
      single && novelty.members_seen == 1 && !singles_.contains(condition.members.front());
  if (has(Key::kPerturbation, condition)) {
    novelty.perturbation = Novelty::kSeen;
  } else if (novelty.members_seen == std::ssize(condition.members)) {
    novelty.perturbation = Novelty::kMembersSeen;
  } else if (novelty.members_seen > 0) {
    novelty.perturbation = Novelty::kPartlySeen;
  }
  const auto trained = of_context_.find(condition.context);
  if (trained != of_context_.end()) novelty.shots = std::ssize(trained->second);
  return novelty;
}

Claim claim_of(const TrainedSet& trained, std::span<const Condition* const> tests) {
  Claim claim;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const auto novelty = trained.compare(*tests[i]);
    const bool seen = novelty.perturbation == Novelty::kSeen;
    const Claim one{.unseen_condition = !novelty.condition_seen,
                    .unseen_pair = !novelty.pair_seen,
                    .unseen_context = !novelty.context_seen,
                    .hidden_controls = !novelty.context_seen && !novelty.controls_seen,
                    .unseen_dose = seen && !novelty.dose_seen,
                    .unseen_batch = !novelty.batch_seen,
                    .unseen_dataset = !novelty.dataset_seen,
                    .combinations = tests[i]->members.size() > 1,
                    .perturbation = novelty.perturbation,
                    .shots = novelty.shots};
    claim = i == 0 ? one : weaker_of(claim, one);
  }
  return claim;
}

}  // namespace cupel::splits
