#include "evaluation/sources.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "data/fnv1a.hpp"
#include "data/lognorm_screen.hpp"
#include "io/file_state.hpp"
#include "io/h5ad_screen.hpp"
#include "stats/settle_input.hpp"

namespace cupel {
namespace {

std::uint64_t hash_of(const std::vector<std::string>& names) {
  std::uint64_t hash = kFnvStart;
  for (const auto& name : names) hash = fnv1a("\n", fnv1a(name, hash));
  return hash;
}

std::int64_t rows_of(const std::vector<Grouping>& groups) {
  std::int64_t n = 0;
  for (const auto& grouping : groups) {
    for (const auto& rows : grouping.rows) n += std::ssize(rows);
  }
  return n;
}

std::int64_t perturbations_of(const std::vector<Grouping>& groups) {
  std::int64_t n = 0;
  for (const auto& grouping : groups) n += std::ssize(grouping.perturbations);
  return n;
}

// One row per perturbation where the truth has several cells of each.
bool looks_like_pseudobulk(const std::vector<Grouping>& groups, const std::vector<Grouping>& real) {
  return rows_of(groups) == perturbations_of(groups) && rows_of(real) >= 2 * perturbations_of(real);
}

void refuse_pseudobulk(const Source& source, const std::vector<Grouping>& groups) {
  for (const auto& grouping : groups) {
    for (std::size_t i = 0; i < grouping.rows.size(); ++i) {
      if (grouping.rows[i].size() == 1) continue;
      throw Error(
          ErrorKind::kInput,
          fmt::format(
              "{}: a pseudobulk has one row per perturbation, and '{}' has {}{}; "
              "give --pred-kind cells",
              source.path, grouping.perturbations[i], grouping.rows[i].size(),
              grouping.context.empty() ? "" : fmt::format(" in context '{}'", grouping.context)));
    }
  }
}

}  // namespace

void open_source(Source& source, const RunConfig& config, const Conventions& conventions,
                 const std::vector<Grouping>* real) {
  InputRecord record;
  record.path = source.path;
  const auto state = io::file_state(source.path);
  record.bytes = state.bytes;
  record.modified = state.modified;
  auto screen = io::open_h5ad(source.path, config.layer.empty() ? "X" : config.layer);
  const auto group = [&](ControlCells need) {
    return group_cells(*screen, config.pert_col, config.control, config.context_col, need);
  };
  const bool may_be_pseudobulk =
      real != nullptr && config.prediction_kind != PredictionKind::kCells;
  auto groups = group(may_be_pseudobulk ? ControlCells::kOptional : ControlCells::kRequired);
  if (may_be_pseudobulk) {
    source.pseudobulk = config.prediction_kind == PredictionKind::kPseudobulk ||
                        looks_like_pseudobulk(groups, *real);
    if (source.pseudobulk) {
      refuse_pseudobulk(source, groups);
    } else if (std::ranges::any_of(groups, &std::vector<std::int64_t>::empty, &Grouping::control)) {
      groups = group(ControlCells::kRequired);  // says what is missing
    }
  }

  if (source.conventions == nullptr) {
    source.conventions = std::make_unique<Conventions>(conventions);
    source.may_be_fractional = real != nullptr && conventions.data.allow_fractional_counts;
    const auto matrix = screen->matrix_info();
    record.cells = screen->n_cells();
    record.genes = static_cast<std::int64_t>(screen->genes().size());
    record.gene_names = hash_of(screen->genes());
    record.matrix =
        fmt::format("{}: {} {}, {}", matrix.path, matrix.layout, matrix.dtype, matrix.filters);
    source.record = record;
    source.cells = rows_of(groups);
    source.space = config.pseudobulk_space;
  } else if (record.bytes != source.record.bytes || record.modified != source.record.modified) {
    throw Error(
        ErrorKind::kInput,
        fmt::format("{}: was changed during the run; run again when it is complete", source.path));
  }
  source.screen = std::move(screen);
  if (source.logged) {
    source.screen = as_lognorm(source.screen, source.conventions->expression.target_sum);
  }
  if (source.watch != nullptr) source.watch->go_on_with(*source.screen);
  source.groups = std::move(groups);
}

void close_source(Source& source) {
  source.groups = {};
  source.screen.reset();
}

void settle_source(Source& source, std::int64_t memory) {
  const auto* as_it_is = source.screen.get();
  source.record.read_as = settle_input(source.screen, *source.conventions, memory);
  source.logged = source.screen.get() != as_it_is;
  source.watch =
      std::make_unique<ValueWatch>(*source.screen, *source.conventions, source.may_be_fractional);
}

}  // namespace cupel
