#pragma once
#include <string>
#include <string_view>

#include "splits/manifest.hpp"

namespace cupel {

// A split as JSON: who drew it and how, what it claims, its conditions one per line, and of each
// fold the parts as lists of condition numbers. Carries the hashes of conditions and split.
[[nodiscard]] std::string split_json(const splits::Manifest& manifest);

// Reads it back. Throws Error(kInput), one line that names the file, when it is not such JSON, when
// its hashes do not fit (it was edited), or when it contradicts itself (check_manifest).
[[nodiscard]] splits::Manifest read_split(const std::string& path);
// The same of a text; `name` is what messages call it.
[[nodiscard]] splits::Manifest parse_split(std::string_view text, const std::string& name);

// One row per unit and fold, tab-separated: unit_kind, dataset, context, perturbation, dose, batch,
// fold, split, task, stratum, cell (baselines-splits-audits.md B0).
[[nodiscard]] std::string split_tsv(const splits::Manifest& manifest);

}  // namespace cupel
