#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cupel/error.hpp"
#include "splits/generator.hpp"
#include "text.hpp"

namespace cupel::splits {
namespace {

using Names = std::string_view;

constexpr std::array<Names, 6> kGex = {"test", "val", "hold-out", "validate", "loose", "stratify"};
constexpr std::array<Names, 6> kDex = {"test", "val", "hold-out", "validate", "groups", "stratify"};
constexpr std::array<Names, 6> kCex = {"test", "val", "hold-out", "validate", "mode", "stratify"};
constexpr std::array<Names, 7> kCombo = {"test",     "val",  "hold-out",         "validate",
                                         "stratify", "mode", "test-combinations"};
constexpr std::array<Names, 4> kKfold = {"val", "unit", "folds", "repeats"};
constexpr std::array<Names, 2> kRandom = {"test", "val"};
constexpr std::array<Names, 2> kGears = {"test", "test-combinations"};

constexpr std::array<Names, 7> kAex = {"test",     "val",  "hold-out", "hold-out-perturbation",
                                       "validate", "mode", "stratify"};
constexpr std::array<Names, 3> kFewShot = {"val", "hold-out", "budget"};
constexpr std::array<Names, 2> kTransfer = {"test", "val"};
constexpr std::array<Names, 3> kDose = {"val", "mode", "stratify"};
constexpr std::array<Names, 5> kCross = {"test", "val", "hold-out", "validate", "stratify"};
constexpr std::array<Names, 4> kClusters = {"clusters", "linkage", "mode", "embeddings"};
constexpr std::array<Names, 5> kBatches = {"test", "val", "hold-out", "validate", "mode"};

constexpr std::array<Names, 2> kAexModes = {"blocks", "joint"};
constexpr std::array<Names, 3> kDoseModes = {"inside", "above", "below"};
constexpr std::array<Names, 2> kClusterModes = {"each", "one"};
constexpr std::array<Names, 2> kBatchModes = {"replicates", "balanced"};
constexpr std::array<Names, 2> kCexModes = {"each", "random"};
constexpr std::array<Names, 3> kComboModes = {"classes", "combine", "combine-inverse"};

constexpr std::array kGenerators = {
    Generator{"gex", "perturbations held out in every context, with every combination of theirs",
              "seen context, unseen perturbations", kGex, draft_gex},
    Generator{"cex", "contexts held out: each in turn, by name, or drawn",
              "unseen context, seen perturbations", kCex, draft_cex, kCexModes},
    Generator{"dex", "drugs held out at every dose: by name, or whole groups (scaffold, mechanism)",
              "seen context, unseen perturbations", kDex, draft_dex},
    Generator{"aex", "contexts and perturbations held out at once: blocks CEX, GEX, AEX and RND",
              "aex: unseen context, unseen perturbations", kAex, draft_aex, kAexModes},
    Generator{"few-shot", "a context of which 0, 5, 10 ... perturbations train; budgets nest",
              "seen context (up to that many trained perturbations), seen perturbations", kFewShot,
              draft_few_shot},
    Generator{"transfer", "single pairs of context and perturbation, each seen elsewhere",
              "seen context (and by how many perturbations), seen perturbations", kTransfer,
              draft_transfer},
    Generator{"dose", "one dose of each drug: inside the trained ones, above or below them",
              "seen context, unseen doses of seen perturbations", kDose, draft_dose, kDoseModes, 2},
    Generator{"combo", "combinations by how many of their members train",
              "per class: unseen combinations of seen, or of unseen, perturbations", kCombo,
              draft_combinations, kComboModes},
    Generator{"gears", "GEARS's `simulation` split, bit for bit", "as combo, by GEARS's classes",
              kGears, draft_gears},
    Generator{"cross-dataset", "whole datasets; perturbations that both hold tested apart",
              "unseen dataset, with seen or unseen perturbations", kCross, draft_cross_dataset},
    Generator{"context-clusters", "whole clades of contexts, by embeddings or control profiles",
              "unseen context, seen perturbations", kClusters, draft_context_clusters,
              kClusterModes},
    Generator{"batches", "whole batches (replicates), or each condition's cells balanced over them",
              "seen conditions in unseen batches", kBatches, draft_batches, kBatchModes},
    Generator{"kfold", "k folds of conditions, perturbations or contexts, once or repeated",
              "what is new about what each fold tests", kKfold, draft_kfold},
    Generator{"random-cells", "cells of every condition on all sides: leaky, to be recognised",
              "other cells of seen conditions: no generalisation", kRandom, draft_random_cells},
};

}  // namespace

std::span<const Generator> all_generators() noexcept { return kGenerators; }

const Generator& find_generator(std::string_view name) {
  const auto* const found = std::ranges::find(kGenerators, name, &Generator::name);
  if (found != kGenerators.end()) return *found;
  std::vector<std::string> known;
  for (const auto& generator : kGenerators) known.emplace_back(generator.name);
  const auto near = nearest(name, known);
  throw Error(ErrorKind::kUsage,
              fmt::format("no split named '{}'{}; known: {}", name,
                          near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                          listed(known, known.size())));
}

std::string split_table_markdown() {
  std::string table =
      "| split | what it holds out | what a score on it can claim |\n|---|---|---|\n";
  for (const auto& generator : kGenerators) {
    table.append(
        fmt::format("| `{}` | {} | {} |\n", generator.name, generator.summary, generator.claim));
  }
  return table;
}

}  // namespace cupel::splits
