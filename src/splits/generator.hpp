#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conditions/condition_list.hpp"
#include "splits/manifest.hpp"

namespace cupel::splits {

// All that any generator can be told; each takes the fields that its registry row names, under the
// names of the flags. Shares are of what the generator draws: perturbations, contexts, cells.
struct SplitOptions {
  std::uint64_t seed = 42;
  double test = 0.2;
  double val = 0.1;
  std::vector<std::string> hold_out = {};                // tested by name, in place of a draw
  std::vector<std::string> validate = {};                // the same for val
  std::vector<std::string> hold_out_perturbations = {};  // aex: beside the contexts of hold_out
  bool loose = false;              // a held-out perturbation may train within combinations
  std::string mode = {};           // one of the generator's ways; empty: its first
  std::string unit = "condition";  // what k-fold deals out: condition, perturbation, context
  std::int32_t folds = 5;
  std::int32_t repeats = 1;
  std::vector<std::int32_t> budgets = {0, 5, 10};  // perturbations of a context that train
  double test_combinations = 0.25;                 // of those whose members are all trained
  std::int32_t clusters = 3;
  std::string linkage = "average";
  Groups groups = {};              // of members
  std::string stratified_by = {};  // as set_strata takes it, such as "size"; empty: not
  std::map<std::string, std::string> stratum_of = {};  // by member's or perturbation's name
  ControlPolicy controls = ControlPolicy::kShared;
  bool hide_controls = false;  // those of contexts that do not train are tested only
};

// Profiles of contexts, such as control means or embeddings: contexts × features.
struct ContextProfiles {
  std::vector<std::string> contexts = {};
  std::vector<std::vector<double>> values = {};
};

// What there is to split.
struct Material {
  std::span<const ConditionCells> conditions = {};  // as list_conditions gives them
  ConditionColumns columns = {};
  // Names of a condition's cells in the order of its rows; asked for by splits of cells alone.
  std::function<std::vector<std::string>(const ConditionCells&)> cell_names;
  std::function<ContextProfiles()> context_profiles;
};

// What a generator makes: parts of all conditions but the controls, and by which keys test and
// train are apart.
struct Draft {
  std::vector<Fold> folds = {};
  std::vector<std::pair<std::string, std::vector<Key>>> tasks = {};
  std::vector<std::pair<std::string, std::string>> parameters = {};
  std::string random = std::string("philox4x32-10");  // empty when nothing was drawn
};

struct Generator {
  std::string_view name;
  std::string_view summary;
  std::string_view claim;                     // what its splits can say
  std::span<const std::string_view> options;  // flags it takes beside seed and controls
  Draft (*draft)(const Material&, const SplitOptions&);
  std::span<const std::string_view> modes = {};  // --mode, the first by default
  std::int32_t version = 1;                      // grows when the same seed draws another split
};

[[nodiscard]] std::span<const Generator> all_generators() noexcept;
// Throws Error(kUsage) that names the nearest and the known.
[[nodiscard]] const Generator& find_generator(std::string_view name);
[[nodiscard]] std::string split_table_markdown();

// The whole way: drafts, gives controls their part, computes what can be claimed, checks. The same
// manifest for the same conditions, options and seed, whatever the order of the files' rows. Throws
// Error(kUsage) for options the generator does not take (`given` names the flags that were set).
[[nodiscard]] Manifest make_split(const Generator& generator, const Material& material,
                                  const SplitOptions& options,
                                  const std::set<std::string>& given = {});

// A fold in which no condition has a part yet: all unused.
[[nodiscard]] Fold empty_fold(std::string name, const Material& material);

// Throws Error(kInput): "gex: <what>".
[[noreturn]] void refuse_split(std::string_view generator, std::string_view what);

// Sizes of k folds of n: n/k + (i < n%k).
[[nodiscard]] std::vector<std::int64_t> fold_sizes(std::int64_t n, std::int64_t k);

// The generators, one file each.
Draft draft_gex(const Material& material, const SplitOptions& options);
Draft draft_cex(const Material& material, const SplitOptions& options);
Draft draft_dex(const Material& material, const SplitOptions& options);
Draft draft_combinations(const Material& material, const SplitOptions& options);
Draft draft_kfold(const Material& material, const SplitOptions& options);
Draft draft_random_cells(const Material& material, const SplitOptions& options);
Draft draft_gears(const Material& material, const SplitOptions& options);
Draft draft_aex(const Material& material, const SplitOptions& options);
Draft draft_few_shot(const Material& material, const SplitOptions& options);
Draft draft_transfer(const Material& material, const SplitOptions& options);
Draft draft_dose(const Material& material, const SplitOptions& options);
Draft draft_cross_dataset(const Material& material, const SplitOptions& options);
Draft draft_context_clusters(const Material& material, const SplitOptions& options);
Draft draft_batches(const Material& material, const SplitOptions& options);

}  // namespace cupel::splits
