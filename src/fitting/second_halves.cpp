#include "fitting/second_halves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "cupel/error.hpp"
#include "data/batches.hpp"
#include "fitting/cell_statistics.hpp"
#include "fitting/model_condition.hpp"
#include "parallel/parallel.hpp"
#include "quality/cell_sums.hpp"
#include "stats/memory_budget.hpp"
#include "text.hpp"

namespace cupel::fitting {
namespace {

// Cells of one screen by what they are of: groups of rows, and a number for each.
struct ScreenGroups {
  std::vector<std::vector<std::int64_t>> rows;
  std::vector<std::size_t> of;

  // Rows of the same number, which come one after the other, are one group.
  void add(const ConditionCells& cells, std::size_t number) {
    if (of.empty() || of.back() != number) {
      of.push_back(number);
      rows.emplace_back();
    }
    rows.back().insert(rows.back().end(), cells.rows.begin(), cells.rows.end());
    std::ranges::sort(rows.back());
  }
};

// Calls take(cells, file rows, number) for every group, some at a time.
template <typename Take>
void read_groups(Screen& screen, const ScreenGroups& groups, std::int64_t memory, Take take) {
  if (groups.rows.empty()) return;
  for (const auto& chosen : plan_batches(screen, groups.rows, memory)) {
    const auto batch = read_batch(screen, groups.rows, chosen);
    const auto cells = batch.cells.view();
    for_each_chunk(std::ssize(batch.groups), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t k = begin; k < end; ++k) {
        const auto at = static_cast<std::size_t>(k);
        const auto first = batch.start[at];
        const auto last = batch.start[at + 1];
        const std::span<const std::int64_t> rows(batch.file_rows.data() + first,
                                                 static_cast<std::size_t>(last - first));
        take(cells.slice(first, last), rows, groups.of[static_cast<std::size_t>(batch.groups[at])]);
      }
    });
  }
}

// Log expression of some cells, gene by gene, summed up.
struct CellsOfContext {
  explicit CellsOfContext(std::int64_t genes)
      : sum(genes, quality::kSumBits), squares(genes, quality::kSumBits) {}
  quality::FixedSums sum, squares;
  std::int64_t cells = 0;
};

// A row for each condition asked; NaN where nothing was tested.
Matrix<double> test_halves(OpenScreens& screens, const Division& division, const HalfCells& halves,
                           const Conventions& conventions, std::int64_t memory) {
  const auto& names = screens.files.front()->genes();
  const auto genes = std::ssize(names);
  const CellSpace space(conventions, names, 1);
  const auto n_asked = division.asked.size();
  quality::SumRows own(static_cast<std::int64_t>(n_asked), genes);
  std::map<std::string, CellsOfContext> of_context;
  const auto context_of = [&](std::size_t number) {  // conditions asked, then those that train
    return model_context(number < n_asked ? division.asked[number].condition
                                          : division.train[number - n_asked].condition);
  };
  for (std::size_t i = 0; i < n_asked + division.train.size(); ++i) {
    of_context.try_emplace(context_of(i), genes);
  }
  for (std::size_t s = 0; s < screens.files.size(); ++s) {
    ScreenGroups groups;
    const auto add = [&](const std::vector<ConditionCells>& batches, std::size_t number) {
      for (const auto& batch : batches) {
        if (batch.screen == static_cast<std::int32_t>(s)) groups.add(batch, number);
      }
    };
    for (std::size_t i = 0; i < n_asked; ++i) add(halves[i], i);
    for (std::size_t i = 0; i < division.train.size(); ++i) {
      add(division.train[i].batches, n_asked + i);
    }
    std::mutex one_at_a_time;
    read_groups(*screens.files[s], groups, memory,
                [&](const CellsView& cells, std::span<const std::int64_t>, std::size_t number) {
                  GroupBlocks group;
                  walk_cells(cells, space, 0, 0, 0, group);
                  quality::SumRows sums(1, genes);
                  sums.add(0, group.whole());
                  if (number < n_asked) {
                    own.add(static_cast<std::int64_t>(number), group.whole());
                  }
                  auto& to = of_context.at(context_of(number));
                  const std::lock_guard lock(one_at_a_time);
                  to.sum.add(sums.row(0).sum);
                  to.squares.add(sums.row(0).squares);
                  to.cells += cells_in(group.whole());
                });
  }
  std::map<std::string, quality::Rest> all;
  for (const auto& [context, sums] : of_context) {
    all.emplace(context, quality::Rest{sums.sum.values(1.0), sums.squares.values(1.0), sums.cells});
  }
  auto p_adj = make_host_matrix<double>(static_cast<std::int64_t>(n_asked), genes);
  for_each_chunk(p_adj.rows(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto group = own.row(i);
      const auto rest = quality::rest_of(all.at(context_of(static_cast<std::size_t>(i))), {group});
      std::ranges::copy(quality::benjamini_hochberg(quality::de_scores(group, rest.view()).p_value),
                        p_adj.view().row(i));
    }
  });
  return p_adj;
}

}  // namespace

HalfCells take_second_halves(OpenScreens& screens, Division& division, std::uint64_t seed,
                             std::int64_t memory) {
  auto& asked = division.asked;
  // Cells by content, batch after batch: (batch, row).
  using Place = std::pair<std::size_t, std::int64_t>;
  std::vector<std::vector<Place>> places(asked.size());
  std::vector<std::pair<std::size_t, std::size_t>> batches;  // (condition, batch) by number
  std::vector<ScreenGroups> groups(screens.files.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    for (std::size_t b = 0; b < asked[i].cells.size(); ++b) {
      const auto& cells = asked[i].cells[b];
      groups[static_cast<std::size_t>(cells.screen)].add(cells, batches.size());
      batches.emplace_back(i, b);
    }
  }
  std::vector<std::vector<std::int64_t>> by_content(batches.size());
  const auto genes = std::ssize(screens.files.front()->genes());
  const auto for_cells = cell_memory(memory, 0, genes, 0);
  for (std::size_t s = 0; s < groups.size(); ++s) {
    read_groups(*screens.files[s], groups[s], for_cells,
                [&](const CellsView&, std::span<const std::int64_t> rows, std::size_t number) {
                  by_content[number].assign(rows.begin(), rows.end());
                });
  }
  for (std::size_t number = 0; number < batches.size(); ++number) {
    const auto [i, b] = batches[number];
    for (const auto row : by_content[number]) places[i].emplace_back(b, row);
  }

  HalfCells halves(asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto n = std::ssize(places[i]);
    if (n < 2) continue;
    auto& condition = asked[i].condition;
    const auto order =
        drawn_order(n, seed, series_of(model_context(condition), condition_line(condition)));
    halves[i] = asked[i].cells;
    for (auto* side : {&asked[i].cells, &halves[i]}) {
      for (auto& batch : *side) batch.rows.clear();
    }
    for (std::int64_t k = 0; k < n; ++k) {
      const auto [b, row] = places[i][static_cast<std::size_t>(order[static_cast<std::size_t>(k)])];
      (k < n / 2 ? asked[i].cells : halves[i])[b].rows.push_back(row);
    }
    for (auto* side : {&asked[i].cells, &halves[i]}) {
      std::erase_if(*side, [](const ConditionCells& batch) { return batch.rows.empty(); });
      for (auto& batch : *side) std::ranges::sort(batch.rows);
    }
  }
  return halves;
}

HalfCells take_labelled_halves(OpenScreens& screens, Division& division,
                               const std::string& column) {
  std::vector<Column> columns;
  for (const auto& screen : screens.files) columns.push_back(screen->obs(column));
  const auto label_of = [&](const ConditionCells& batch, std::int64_t row) {
    const auto& labels = columns[static_cast<std::size_t>(batch.screen)];
    const auto code = labels.codes[static_cast<std::size_t>(row)];
    return code < 0 ? std::string() : labels.categories[static_cast<std::size_t>(code)];
  };
  std::set<std::string> labels;
  for (const auto& one : division.asked) {
    for (const auto& batch : one.cells) {
      for (const auto row : batch.rows) labels.insert(label_of(batch, row));
    }
  }
  labels.erase("");
  if (labels.size() != 2) {
    const std::vector<std::string> known(labels.begin(), labels.end());
    throw Error(ErrorKind::kInput,
                fmt::format("obs column '{}' has {} labels in the cells that are held out, where "
                            "two are halves{}{}",
                            column, known.size(), known.empty() ? "" : ": ", listed(known)));
  }
  HalfCells halves;
  for (auto& one : division.asked) {
    auto& second = halves.emplace_back(one.cells);
    const auto keep = [&](std::vector<ConditionCells>& batches, const std::string& label) {
      for (auto& batch : batches) {
        std::erase_if(batch.rows, [&](auto row) { return label_of(batch, row) != label; });
      }
      std::erase_if(batches, [](const ConditionCells& batch) { return batch.rows.empty(); });
    };
    keep(one.cells, *labels.begin());
    keep(second, *labels.rbegin());
    if (one.cells.empty()) second.clear();
  }
  return halves;
}

models::SecondHalves load_second_halves(OpenScreens& screens, const Division& division,
                                        const HalfCells& halves, const models::Training& training,
                                        bool tested, const Conventions& conventions,
                                        std::int64_t memory, Backend& backend, Console& console) {
  std::vector<const ConditionCells*> entries;
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < halves.size(); ++i) {
    const auto context = model_context(division.asked[i].condition);
    if (halves[i].empty() ||
        std::ranges::find(training.contexts, context) == training.contexts.end()) {
      continue;
    }
    chosen.push_back(i);
    for (const auto& batch : halves[i]) entries.push_back(&batch);
  }
  const auto read = read_statistics(screens, entries, conventions, memory, backend, console);
  const auto genes = training.delta.cols();
  const auto n = std::ssize(chosen);
  models::SecondHalves result{{}, make_host_matrix<double>(n, genes), {}};
  std::size_t at = 0;
  for (std::int64_t k = 0; k < n; ++k) {
    const auto i = chosen[static_cast<std::size_t>(k)];
    result.conditions.push_back(model_condition(division.asked[i].condition));
    CellStatistics together;
    for (std::size_t b = 0; b < halves[i].size(); ++b) add(together, read[at++]);
    double* delta = result.delta.view().row(k);
    write_profile(together, conventions, delta);
    const double* control =
        training.control.view().row(control_row(training, result.conditions.back().context));
    for (std::int64_t g = 0; g < genes; ++g) delta[g] -= control[g];
  }
  if (!tested) return result;
  console.stages().enter("test");
  const auto for_cells =
      cell_memory(memory, std::ssize(division.asked), genes, kPseudobulkMatrices);
  const auto p_adj = test_halves(screens, division, halves, conventions, for_cells);
  result.p_adj = make_host_matrix<double>(n, genes);
  for (std::int64_t k = 0; k < n; ++k) {
    std::copy_n(p_adj.view().row(static_cast<std::int64_t>(chosen[static_cast<std::size_t>(k)])),
                genes, result.p_adj.view().row(k));
  }
  return result;
}

}  // namespace cupel::fitting
