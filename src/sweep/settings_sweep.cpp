#include "sweep/settings_sweep.hpp"

#include <algorithm>

#include "cupel/nan.hpp"
#include "models/model.hpp"
#include "models/penalised_smoother.hpp"
#include "parallel/parallel.hpp"
#include "sweep/bilinear_sweep.hpp"
#include "sweep/fold_sweep.hpp"
#include "sweep/kernel_sweep.hpp"

namespace cupel::sweep {
namespace {

using models::Condition;
using models::Training;

constexpr Scores kNoScores{kNaN, kNaN, kNaN, kNaN, kNaN};
using Result = std::vector<std::vector<Scores>>;

models::Settings settings_of(std::string_view model, const Chosen& chosen) {
  const auto& entry = models::find_model(model);
  return {entry.name, entry.settings, chosen};
}

std::vector<Condition> conditions_of(const Training& training, std::span<const std::int64_t> rows) {
  std::vector<Condition> conditions;
  for (const auto row : rows) {
    conditions.push_back(training.conditions[static_cast<std::size_t>(row)]);
  }
  return conditions;
}

std::vector<std::int64_t> picked(std::span<const std::int64_t> from,
                                 std::span<const std::int64_t> at) {
  std::vector<std::int64_t> result;
  for (const auto i : at) result.push_back(from[static_cast<std::size_t>(i)]);
  return result;
}

// Scores rows by weights over the rows that were fitted.
void score_weights(const models::Weights& weights, std::span<const std::int64_t> fitted,
                   std::vector<std::int64_t> rows, const Truth& truth, std::vector<Scores>& to) {
  auto of_all = make_host_matrix<double>(std::ssize(rows), truth.products.rows());
  std::fill_n(of_all.view().data, of_all.view().size(), 0.0);
  for (std::int64_t i = 0; i < of_all.rows(); ++i) {
    for (std::size_t k = 0; k < fitted.size(); ++k) {
      of_all.view()(i, fitted[k]) = weights.of_training.view()(i, static_cast<std::int64_t>(k));
    }
  }
  std::vector<Scores> scores(rows.size());
  score(products_of_weights(of_all.view(), rows, truth), truth, scores);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    to[static_cast<std::size_t>(rows[i])] = scores[i];
  }
}

// All penalties from one fit to all but each group.
void sweep_penalties(std::string_view model, const Training& training,
                     std::span<const Chosen> family, const Groups& groups, const Truth& truth,
                     Result& result) {
  for_each_chunk(std::ssize(groups), 1, [&](std::int64_t number, std::int64_t) {
    const auto& group = groups[static_cast<std::size_t>(number)];
    const auto rest = all_but(group, training.delta.rows());
    const Training part = subset(training, rest);
    const auto fit = models::fit_model(model, part, family.front());
    const auto& smoother = dynamic_cast<const models::PenalisedSmoother&>(*fit);
    const auto asked = conditions_of(training, group);
    const auto known = smoother.known(asked);
    const auto known_rows = picked(group, known.rows);
    const FoldSweep fold(smoother.path(),
                         smoother.coordinates(known.x.view(), known.conditions).view(),
                         picked(rest, smoother.fitted()), known_rows, truth);
    // What the fallback says of the others is the same for all penalties.
    std::vector<std::int64_t> others;
    std::ranges::set_difference(group, known_rows, std::back_inserter(others));
    std::vector<Scores> of_others(static_cast<std::size_t>(training.delta.rows()), kNoScores);
    if (!others.empty()) {
      score_weights(smoother.weights(conditions_of(training, others)), rest, others, truth,
                    of_others);
    }
    for_each_chunk(std::ssize(family), 1, [&](std::int64_t at, std::int64_t) {
      auto& to = result[static_cast<std::size_t>(at)];
      const auto scores = fold.scores(models::penalty_of(
          settings_of(model, family[static_cast<std::size_t>(at)]), smoother.path()));
      for (std::size_t i = 0; i < known_rows.size(); ++i) {
        to[static_cast<std::size_t>(known_rows[i])] = scores[i];
      }
      for (const auto row : others) {
        to[static_cast<std::size_t>(row)] = of_others[static_cast<std::size_t>(row)];
      }
    });
  });
}

// All penalties and all groups from one fit, where that is exact: false where it is not.
bool sweep_once(std::string_view model, const Training& training, std::span<const Chosen> family,
                const Groups& groups, const Truth& truth, Result& result) {
  const auto fit = models::fit_model(model, training, family.front());
  const auto& smoother = dynamic_cast<const models::PenalisedSmoother&>(*fit);
  if (!smoother.has_fixed_features() || std::ssize(smoother.fitted()) != training.delta.rows() ||
      smoother.path().intercept() == models::Intercept::kCentredTargets) {
    return false;
  }
  Groups all = groups;  // rows that always train have a group too, that nobody asks for
  std::vector<std::uint8_t> asked(training.conditions.size(), 0);
  for (const auto& group : groups) {
    for (const auto row : group) asked[static_cast<std::size_t>(row)] = 1;
  }
  for (std::size_t row = 0; row < asked.size(); ++row) {
    if (asked[row] == 0) all.push_back({static_cast<std::int64_t>(row)});
  }
  const KernelSweep sweep(smoother.path(), truth, std::move(all));
  for_each_chunk(std::ssize(family), 1, [&](std::int64_t at, std::int64_t) {
    const auto setting = static_cast<std::size_t>(at);
    const auto scores =
        sweep.scores(models::penalty_of(settings_of(model, family[setting]), smoother.path()));
    for (std::size_t row = 0; row < asked.size(); ++row) {
      if (asked[row] != 0) result[setting][row] = scores[row];
    }
  });
  return true;
}

// Distinct values of a setting, in the family's order.
std::vector<double> values_of(std::string_view model, std::span<const Chosen> family,
                              std::string_view name) {
  std::vector<double> values;
  for (const auto& chosen : family) {
    const double value = settings_of(model, chosen).number(name);
    if (std::ranges::find(values, value) == values.end()) values.push_back(value);
  }
  return values;
}

void sweep_bilinear_family(std::string_view model, const Training& training,
                           std::span<const Chosen> family, const Groups& groups, const Truth& truth,
                           Result& result) {
  BilinearGrid grid;
  for (const double k : values_of(model, family, "k")) {
    grid.dimensions.push_back(static_cast<std::int64_t>(k));
  }
  grid.gene_penalties = values_of(model, family, "lambda-genes");
  grid.perturbation_penalties = values_of(model, family, "lambda-perturbations");
  const auto form = model == "bilinear_scores" ? BilinearForm::kScores : BilinearForm::kLoadings;
  const auto found = bilinear_scores(form, training, grid, groups, truth);
  const auto place = [](const auto& values, auto value) {
    return static_cast<std::size_t>(std::ranges::find(values, value) - values.begin());
  };
  for (std::size_t at = 0; at < family.size(); ++at) {
    const auto settings = settings_of(model, family[at]);
    const auto number = (place(grid.dimensions, settings.whole("k")) * grid.gene_penalties.size() +
                         place(grid.gene_penalties, settings.number("lambda-genes"))) *
                            grid.perturbation_penalties.size() +
                        place(grid.perturbation_penalties, settings.number("lambda-perturbations"));
    result[at] = found[number];
  }
  // Conditions whose targets are not measured get the fallback, whatever the setting.
  const auto fallback = models::fallback_of(settings_of(model, family.front()));
  if (fallback == models::Fallback::kNone) return;
  for (const auto& group : groups) {
    std::vector<std::int64_t> unknown;
    for (const auto row : group) {
      const auto& members = training.conditions[static_cast<std::size_t>(row)].perturbations;
      const bool measured = std::ranges::all_of(members, [&](const std::string& member) {
        return std::ranges::find(training.genes, member) != training.genes.end();
      });
      if (!measured) unknown.push_back(row);
    }
    if (unknown.empty()) continue;
    const auto rest = all_but(group, training.delta.rows());
    const std::vector<double> share(rest.size(), 1.0 / static_cast<double>(rest.size()));
    std::vector<Scores> scores(training.conditions.size(), kNoScores);
    score_weights(with_fallback(make_host_matrix<double>(std::ssize(unknown), std::ssize(rest)),
                                std::vector<std::uint8_t>(unknown.size(), 0), fallback, share),
                  rest, unknown, truth, scores);
    for (auto& of_setting : result) {
      for (const auto row : unknown) {
        of_setting[static_cast<std::size_t>(row)] = scores[static_cast<std::size_t>(row)];
      }
    }
  }
}

// A fit per setting and group.
void sweep_fits(std::string_view model, const Training& training, std::span<const Chosen> family,
                const Groups& groups, const Truth& truth, Result& result) {
  for_each_chunk(std::ssize(groups), 1, [&](std::int64_t number, std::int64_t) {
    const auto& group = groups[static_cast<std::size_t>(number)];
    const auto rest = all_but(group, training.delta.rows());
    const Training part = subset(training, rest);
    const auto asked = conditions_of(training, group);
    for (std::size_t at = 0; at < family.size(); ++at) {
      const auto fit = models::fit_model(model, part, family[at]);
      if (const auto* smoother = dynamic_cast<const models::Smoother*>(fit.get())) {
        score_weights(smoother->weights(asked), rest, group, truth, result[at]);
        continue;
      }
      std::vector<Scores> scores(group.size());
      score(products_of_profiles(fit->predict(asked).delta.view(), group, training.delta.view()),
            truth, scores);
      for (std::size_t i = 0; i < group.size(); ++i) {
        result[at][static_cast<std::size_t>(group[i])] = scores[i];
      }
    }
  });
}

bool has_own_embedding(const Chosen& chosen) {
  const auto found = chosen.find("perturbations");
  return found != chosen.end() && found->second != "training";
}

}  // namespace

std::vector<std::vector<Scores>> sweep_settings(std::string_view model, const Training& training,
                                                std::span<const Chosen> family,
                                                const Groups& groups, const Truth& truth,
                                                bool once) {
  Result result(family.size(), std::vector<Scores>(training.conditions.size(), kNoScores));
  if (family.empty()) return result;
  if (model == "ridge" || model == "kernel_ridge") {
    if (!once || !sweep_once(model, training, family, groups, truth, result)) {
      sweep_penalties(model, training, family, groups, truth, result);
    }
  } else if (model.starts_with("bilinear_") && !has_own_embedding(family.front())) {
    sweep_bilinear_family(model, training, family, groups, truth, result);
  } else {
    sweep_fits(model, training, family, groups, truth, result);
  }
  return result;
}

}  // namespace cupel::sweep
