#include "evaluation/ends.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "baselines/emitted_screen.hpp"
#include "baselines/generic_response.hpp"
#include "config/profile.hpp"
#include "cupel/error.hpp"
#include "data/resident_screen.hpp"
#include "data/target_genes.hpp"
#include "evaluation/judge.hpp"
#include "random/numpy_random.hpp"
#include "report/end_cache.hpp"
#include "scale/reliability.hpp"
#include "stats/aggregate.hpp"
#include "stats/align_tables.hpp"
#include "stats/split_halves.hpp"
#include "text.hpp"

namespace cupel {
namespace {

constexpr std::string_view kReplicate = "replicate";
constexpr std::string_view kCeiling = "ceiling";
constexpr std::string_view kTile = "generic_response_tile";
constexpr std::string_view kMeanProfile = "mean_profile";
const std::vector<std::string> kBaselines = {"generic_response", "no_change",
                                             "perturbed_mean",   "perturbed_mean_cells",
                                             std::string(kTile), std::string(kMeanProfile)};

// Everything that an end's numbers depend on, but for the end itself.
std::string key_of(const Method& method, const Source& real, const Grouping& grouping,
                   const RealTables& tables, const Backend& backend) {
  // Devices agree to a tolerance, each with itself to the bit.
  std::string key = fmt::format("fingerprint {:016x} order {:016x} {}\n", tables.fingerprint,
                                tables.order, backend.space() == Space::kHost ? "host" : "device");
  for (const auto& [path, value] : resolved_settings(*real.conventions)) {
    key += fmt::format("{}={}\n", path, value);
  }
  for (const auto* metric : method.metrics) key += fmt::format("{} ", metric->name);
  key += fmt::format("{}\ngenes", method.reported);
  for (const auto& gene : real.screen->genes()) key += ' ' + gene;
  key += "\nown genes";
  for (const auto gene : tables.own_gene) key += fmt::format(" {}", gene);
  key += "\nperturbations";
  for (const auto& label : grouping.perturbations) key += '\t' + label;
  return key;
}

// Means of the stored values of each perturbation, and of the control.
struct Means {
  Matrix<double> perturbations;
  std::vector<double> control;
};

Means means_of(const Method& method, const Source& real, const Grouping& grouping, Backend& backend,
               Console& console) {
  std::vector<std::vector<std::int64_t>> rows{grouping.control};
  rows.insert(rows.end(), grouping.rows.begin(), grouping.rows.end());
  const auto& c = *real.conventions;
  ValueWatch watch(*real.screen, c, false);
  const auto groups =
      summarise_groups(*real.screen, rows, c, method.request.memory, watch, backend, console);
  const auto sums = groups.sums.view();
  Means means{make_host_matrix<double>(sums.rows - 1, sums.cols), {}};
  for (std::int64_t row = 0; row < sums.rows; ++row) {
    const auto n = static_cast<double>(rows[static_cast<std::size_t>(row)].size());
    for (std::int64_t gene = 0; gene < sums.cols; ++gene) {
      const double mean = sums(row, gene) / n;
      if (row == 0) {
        means.control.push_back(mean);
      } else {
        means.perturbations.view()(row - 1, gene) = mean;
      }
    }
  }
  return means;
}

// Means over perturbations, each with its weight.
std::vector<double> weighted_mean(MatrixView<const double> means, std::span<const double> weight) {
  std::vector<double> sum(static_cast<std::size_t>(means.cols), 0.0);
  double total = 0.0;
  for (std::int64_t row = 0; row < means.rows; ++row) {
    const double w = weight[static_cast<std::size_t>(row)];
    total += w;
    for (std::int64_t gene = 0; gene < means.cols; ++gene) {
      sum[static_cast<std::size_t>(gene)] += w * means(row, gene);
    }
  }
  for (auto& value : sum) value /= total;
  return sum;
}

std::vector<double> profile_of(const std::string& name, const Means& means,
                               const Grouping& grouping, const RealTables& tables,
                               const std::vector<std::string>& genes) {
  const auto rows = std::as_const(means.perturbations).view();
  if (name == "no_change") return means.control;
  if (name == "perturbed_mean" || name == "perturbed_mean_cells") {
    std::vector<double> weight;
    for (const auto& cells : grouping.rows) {
      weight.push_back(name == "perturbed_mean" ? 1.0 : static_cast<double>(cells.size()));
    }
    return weighted_mean(rows, weight);
  }
  if (name == kMeanProfile) {
    return v1_mean_profile(rows, {means.control.data(), 1, std::ssize(means.control)});
  }
  return generic_response(rows, tables.own_gene, genes).gene;
}

// A prediction of this name: its cells are made when they are read.
Source emitted(const std::string& name, const Means& means, const Source& real,
               const Grouping& grouping, const RealTables& tables,
               const std::shared_ptr<const LoadedCells>& control, std::uint64_t seed) {
  const auto profile = profile_of(name, means, grouping, tables, real.screen->genes());
  const bool counts = real.conventions->data.input_type == InputType::kCounts;
  const auto title = fmt::format("{} ({})", real.record.path, name);
  Source source;
  source.name = name;
  if (name == "no_change" || (counts && name != kTile && name != kMeanProfile)) {
    source.screen = EmittedScreen::dispersed(*real.screen, grouping, control,
                                             emission_scale(profile, means.control), seed, title);
  } else {
    source.screen = EmittedScreen::tiled(*real.screen, grouping, control, profile, title);
  }
  source.conventions = std::make_unique<Conventions>(*real.conventions);
  source.watch = std::make_unique<ValueWatch>(*source.screen, *source.conventions, true);
  source.record.path = title;
  return source;
}

// The groups in the order in which one stream of random numbers splits them.
std::vector<std::string> split_order(const RunConfig& config, Screen& screen,
                                     const Grouping& grouping) {
  std::map<std::string, std::int64_t> first;  // row of each label
  first[config.control] = grouping.control.front();
  for (std::size_t p = 0; p < grouping.perturbations.size(); ++p) {
    first[grouping.perturbations[p]] = grouping.rows[p].front();
  }
  std::vector<std::string> labels;
  if (config.split_order == "categories") {
    for (auto& label : screen.obs(config.pert_col).categories) {
      if (first.contains(label)) labels.push_back(std::move(label));
    }
    return labels;
  }
  for (const auto& entry : first) labels.push_back(entry.first);
  if (config.split_order == "appearance") {
    std::ranges::sort(labels, {}, [&](const auto& label) { return first.at(label); });
  }
  return labels;
}

// A context's cells in two halves that share none.
std::pair<Grouping, Grouping> halves_of(const Grouping& grouping, const std::string& control,
                                        const std::vector<std::string>& order, std::uint64_t seed) {
  std::map<std::string_view, std::size_t> position;  // of a perturbation
  for (std::size_t p = 0; p < grouping.perturbations.size(); ++p) {
    position[grouping.perturbations[p]] = p;
  }
  RowsOfGroups lists;
  for (const auto& label : order) {
    lists.push_back(label == control ? grouping.control : grouping.rows[position.at(label)]);
  }
  NumpyRandom random(seed);
  const auto halves = split_halves(lists, random);
  std::map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  const auto half = [&](const RowsOfGroups& rows) {
    Grouping part;
    part.context = grouping.context;
    const auto sorted = [&](std::string_view label) {
      auto list = rows[place.at(label)];
      std::ranges::sort(list);
      return list;
    };
    part.control = sorted(control);
    for (const auto& label : grouping.perturbations) {
      auto list = sorted(label);
      if (list.empty()) continue;  // fewer than two cells
      part.perturbations.push_back(label);
      part.rows.push_back(std::move(list));
    }
    return part;
  };
  return {half(halves.a), half(halves.b)};
}

// lfc_nmae of two halves, gated and scaled by the whole's own calls.
Aggregate whole_gate_lfc_nmae(const Method& method, const DeTable& whole, const DeTable& a,
                              const DeTable& b, std::span<const std::string> genes,
                              Backend& backend) {
  if (whole.targets != a.targets || whole.targets != b.targets) {
    Aggregate none;
    none.mean = std::numeric_limits<double>::quiet_NaN();
    return none;
  }
  const auto features = union_of_features({&whole, &a, &b}, genes);
  return aggregate(replicate_lfc_nmae(over_features(whole, features), over_features(a, features),
                                      over_features(b, features),
                                      own_genes(whole.targets, features, method.target_genes),
                                      method.profile.conventions.de, backend),
                   method.profile.conventions.aggregation.nan_in_mean);
}

// How much genes count, as all cells of the perturbations tell; empty where all count alike.
Matrix<double> weights_of(const RealTables& tables, const Grouping& all, const Grouping& chosen) {
  const auto from = tables.weights.view();
  if (from.rows == 0) return {};
  auto weights = make_host_matrix<double>(std::ssize(chosen.perturbations), from.cols);
  for (std::size_t p = 0; p < chosen.perturbations.size(); ++p) {
    const auto found = std::ranges::find(all.perturbations, chosen.perturbations[p]);
    std::ranges::copy_n(&from(found - all.perturbations.begin(), 0), from.cols,
                        &weights.view()(static_cast<std::int64_t>(p), 0));
  }
  return weights;
}

// Scores halves against halves, with each of the seeds; `mean` is still to be made.
ReplicateResult score_halves(const Method& method, const RunConfig& config, Source& real,
                             const Grouping& grouping, const RealTables& tables,
                             std::span<const std::uint64_t> seeds, Backend& backend,
                             Console& console) {
  const auto order = split_order(config, *real.screen, grouping);
  ReplicateResult result;
  result.context = grouping.context;
  for (std::size_t m = 0; m < method.reported; ++m) {
    result.metrics.emplace_back().metric = method.metrics[m];
  }
  for (const auto seed : seeds) {
    const auto [a, b] = halves_of(grouping, config.control, order, seed);
    if (a.control.empty() || a.perturbations.empty()) {
      throw Error(ErrorKind::kInput,
                  fmt::format("{}: too few cells to split the screen in halves; choose other ends "
                              "with --ends",
                              real.record.path));
    }
    const auto half = [&] {
      Source source;
      source.screen = real.screen;
      source.conventions = std::make_unique<Conventions>(*real.conventions);
      source.conventions->expression.control_source = ControlSource::kPred;
      source.watch = std::make_unique<ValueWatch>(*real.screen, *source.conventions, false);
      source.record.path = real.record.path;
      return source;
    };
    Source side_a = half();
    Source side_b = half();
    RealTables tables_a;
    const auto profiles_a = summarise_real(method, side_a, a, backend, console, tables_a);
    tables_a.weights = weights_of(tables, grouping, a);
    std::optional<Aggregate> lfc_nmae;
    EvaluateHooks hooks;
    hooks.on_de = [&](const std::string&, const std::string&, const DeTable& de_b) {
      console.stages().enter("metrics");
      lfc_nmae =
          whole_gate_lfc_nmae(method, tables.de, tables_a.de, de_b, real.screen->genes(), backend);
    };
    const auto scored = judge(method, side_b, tables_a, profiles_a, b, backend, console, hooks);
    for (std::size_t m = 0; m < result.metrics.size(); ++m) {
      const bool by_whole = lfc_nmae && method.metrics[m]->name == "de_wilcoxon_lfc_nmae";
      const auto& value = by_whole ? *lfc_nmae : scored.metrics[m].aggregate;
      result.metrics[m].splits.push_back(value.mean);
      result.metrics[m].defined.push_back(value.count - value.undefined);
    }
  }
  return result;
}

ReplicateResult score_replicate(const Method& method, const RunConfig& config, Source& real,
                                const Grouping& grouping, const RealTables& tables,
                                Backend& backend, Console& console) {
  const auto words =
      seed_sequence_state(config.ends_seed, static_cast<std::size_t>(config.replicate_splits));
  const std::vector<std::uint64_t> seeds(words.begin(), words.end());
  auto result = score_halves(method, config, real, grouping, tables, seeds, backend, console);
  for (auto& metric : result.metrics) {
    const auto anchor = replicate_anchor(metric.splits);
    metric.mean = anchor.mean;
    metric.standard_deviation = anchor.standard_deviation;
    if (std::ranges::all_of(metric.splits, [](double x) { return std::isfinite(x); })) continue;
    metric.mean = metric.standard_deviation = std::numeric_limits<double>::quiet_NaN();
    metric.undefined_because = "undefined in a split of the screen in halves";
  }
  return result;
}

// The reference draws this split with the seed itself.
ReplicateResult score_ceiling(const Method& method, const RunConfig& config, Source& real,
                              const Grouping& grouping, const RealTables& tables, Backend& backend,
                              Console& console) {
  auto result = score_halves(method, config, real, grouping, tables,
                             std::vector<std::uint64_t>{config.ends_seed}, backend, console);
  for (auto& metric : result.metrics) {
    metric.mean = has_ceiling(*metric.metric) ? full_length_reliability(metric.splits.front())
                                              : std::numeric_limits<double>::quiet_NaN();
    metric.standard_deviation = std::numeric_limits<double>::quiet_NaN();
    if (!has_ceiling(*metric.metric)) {
      metric.undefined_because = "not a metric of agreement that grows with the number of cells";
    } else if (std::isnan(metric.mean)) {
      metric.undefined_because = "the halves do not agree better than chance";
    }
  }
  return result;
}

}  // namespace

std::string_view zero_end(const Conventions& conventions) {
  return conventions.scale.zero == ZeroEnd::kMeanProfile ? kMeanProfile : "generic_response";
}

EndNames end_names(const std::string& text, const Conventions& conventions) {
  EndNames names;
  if (text == "none") return names;
  if (text == "auto" || text == "all") {
    names.replicate = true;
    names.ceiling = text == "all";
    for (const auto& name : kBaselines) {
      const bool asked = text == "all" || (name != kTile && name != kMeanProfile);
      if (asked || name == zero_end(conventions)) names.baselines.push_back(name);
    }
    return names;
  }
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto name = text.substr(begin, end - begin);
    begin = end + 1;
    if (name == kReplicate) {
      names.replicate = true;
    } else if (name == kCeiling) {
      names.ceiling = true;
    } else if (std::ranges::find(kBaselines, name) != kBaselines.end()) {
      names.baselines.push_back(name);
    } else {
      throw Error(ErrorKind::kUsage,
                  fmt::format("'{}' is no end of the scale; --ends takes auto, all, none, or of "
                              "{}, {}, {} with commas between",
                              name, kReplicate, kCeiling, fmt::join(kBaselines, ", ")));
    }
  }
  return names;
}

namespace {

// The measured screen as the ends read it, many times: in memory where there is room for it.
Source often_read(Source& real, const Grouping& grouping, Method& method, Console& console) {
  Source source;
  source.screen = real.screen;
  source.conventions = std::make_unique<Conventions>(*real.conventions);
  source.record.path = real.record.path;
  std::vector<std::int64_t> rows = grouping.control;
  for (const auto& list : grouping.rows) rows.insert(rows.end(), list.begin(), list.end());
  std::ranges::sort(rows);
  const auto bytes = real.screen->bytes_to_read(rows);
  if (bytes > method.request.memory / 2) return source;
  console.stages().enter("read");
  source.screen = std::make_shared<ResidentScreen>(real.screen, std::move(rows));
  method.request.memory -= bytes;
  return source;
}

}  // namespace

Ends score_ends(const Method& method, const RunConfig& config, Source& real,
                const Grouping& grouping, const RealTables& tables,
                std::optional<RealProfiles>& profiles, Backend& backend, Console& console) {
  const auto names = end_names(config.ends, method.profile.conventions);
  const EndCache cache(config.cache, key_of(method, real, grouping, tables, backend));
  const auto reported = std::span(method.metrics).first(method.reported);
  Ends ends;
  Method lean = method;  // within the memory that is left beside cells that stay
  std::optional<Source> measured;
  const auto measure = [&]() -> Source& {
    if (!measured) measured = often_read(real, grouping, lean, console);
    return *measured;
  };
  std::optional<Means> means;
  std::shared_ptr<const LoadedCells> control;
  std::int64_t control_bytes = 0;
  for (const auto& name : names.baselines) {
    const auto what = fmt::format("{} seed {}", name, config.ends_seed);
    if (auto known =
            cache.baseline(what, reported, method.profile.conventions.aggregation.nan_in_mean)) {
      known->context = grouping.context;
      ends.baselines.emplace_back(name, std::move(*known));
      continue;
    }
    try {
      if (!means) {
        means = means_of(lean, measure(), grouping, backend, console);
        console.stages().enter("read");
        control = std::make_shared<const LoadedCells>(measure().screen->read(grouping.control));
        control_bytes = measure().screen->bytes_to_read(grouping.control);
        lean.request.memory -= control_bytes;
      }
      auto source = emitted(name, *means, measure(), grouping, tables, control, config.ends_seed);
      auto scored = judge(lean, source, tables, *profiles, grouping, backend, console, {});
      cache.keep(what, scored);
      ends.baselines.emplace_back(name, std::move(scored));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput && error.kind() != ErrorKind::kOutOfMemory) throw;
      console.warn(fmt::format("no baseline '{}': {}", name, error.what()));
    }
  }
  means.reset();
  control.reset();
  lean.request.memory += control_bytes;
  profiles.reset();
  const auto halves = [&](const std::string& what, const auto& score) {
    auto result = cache.replicate(what, reported);
    if (!result) {
      try {
        auto& cells = measure();
        result = score(lean, config, cells, grouping, tables, backend, console);
        cache.keep(what, *result);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kInput && error.kind() != ErrorKind::kOutOfMemory) throw;
        console.warn(fmt::format("no {}: {}", what.substr(0, what.find(' ')), error.what()));
        return result;
      }
    }
    result->context = grouping.context;
    return result;
  };
  const auto how = fmt::format("seed {} order {}", config.ends_seed, config.split_order);
  if (names.replicate) {
    ends.replicate = halves(
        fmt::format("{} {} splits {}", kReplicate, how, config.replicate_splits), score_replicate);
  }
  if (names.ceiling) ends.ceiling = halves(fmt::format("{} {}", kCeiling, how), score_ceiling);
  return ends;
}

}  // namespace cupel
