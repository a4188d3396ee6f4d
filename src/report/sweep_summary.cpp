#include "report/sweep_summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "cupel/nan.hpp"
#include "report/report.hpp"

namespace cupel {
namespace {

using sweep::Scores;
using sweep::SweepRow;

constexpr double Scores::*kSweepScores[] = {&Scores::mse, &Scores::pearson, &Scores::cosine,
                                            &Scores::pds_l2, &Scores::pds_cosine};
constexpr std::size_t kSettingsShown = 3;

// Mean of what is there.
class Mean {
 public:
  void add(double value) {
    if (std::isnan(value)) return;
    sum_ += value;
    ++n_;
  }
  [[nodiscard]] double value() const { return n_ > 0 ? sum_ / static_cast<double>(n_) : kNaN; }

 private:
  double sum_ = 0.0;
  std::int64_t n_ = 0;
};

// "features 12, global 3", added up.
void add_rules(const std::string& text, std::map<std::string, std::int64_t>& rules) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = std::min(text.find(", ", begin), text.size());
    const auto one = text.substr(begin, end - begin);
    const auto space = one.rfind(' ');
    std::int64_t n = 0;
    if (space != std::string::npos) {
      std::from_chars(one.data() + space + 1, one.data() + one.size(), n);
      rules[one.substr(0, space)] += n;
    }
    begin = end + 2;
  }
}

std::string rules_text(const std::map<std::string, std::int64_t>& rules) {
  std::string text;
  for (const auto& [rule, n] : rules) {
    text.append(fmt::format("{}{} {}", text.empty() ? "" : ", ", rule, n));
  }
  return text;
}

// Gathers the folds of one line.
struct Gathered {
  SweepLine line;
  Mean inside;
  Mean outside[std::size(kSweepScores)];

  void add_inside(const SweepRow& row, SweepScore select, const std::string& settings) {
    ++line.folds;
    inside.add(value_of(row.scores.mean, select));
    if (std::ranges::find(line.settings, settings) == line.settings.end()) {
      line.settings.push_back(settings);
    }
  }
  void add_outside(const SweepRow& row) {
    for (std::size_t k = 0; k < std::size(kSweepScores); ++k) {
      outside[k].add(row.scores.mean.*kSweepScores[k]);
    }
    line.conditions += row.scores.predictions;
    line.predicted += row.scores.predictions - row.scores.without_prediction;
    add_rules(row.rules, line.rules);
    if (!row.note.empty()) line.note = row.note;
  }
  SweepLine finish() && {
    line.inside = inside.value();
    for (std::size_t k = 0; k < std::size(kSweepScores); ++k) {
      line.outside.*kSweepScores[k] = outside[k].value();
    }
    return std::move(line);
  }
};

bool has_tests(const sweep::OuterSplit& split) {
  return std::ranges::any_of(split.folds, [](const auto& fold) { return !fold.test.empty(); });
}

std::vector<std::string> tasks_of(const sweep::OuterSplit& split) {
  std::set<std::string> tasks;
  for (const auto& fold : split.folds) {
    if (fold.task.empty()) tasks.insert("");
    tasks.insert(fold.task.begin(), fold.task.end());
  }
  return {tasks.begin(), tasks.end()};
}

std::string settings_cell(const std::vector<std::string>& settings) {
  if (settings.size() > kSettingsShown) return fmt::format("{} different", settings.size());
  std::string text;
  for (const auto& one : settings) {
    if (one.empty()) continue;
    text.append(fmt::format("{}`{}`", text.empty() ? "" : "; ", one));
  }
  return text.empty() ? "–" : text;
}

std::string score_cell(double value) {
  return std::isnan(value) ? "–" : fmt::format("{:.4f}", value);
}

std::string claim_of(const SweepSummary& summary, const SweepLine& line) {
  const auto found = summary.claims.find({line.split, line.task});
  return found == summary.claims.end() ? "" : found->second;
}

std::string markdown_row(const SweepLine& line, const std::string& name) {
  const auto settings = settings_cell(line.settings);
  if (!line.note.empty() && line.predicted == 0) {
    return fmt::format("| {} | {} | – | – | – | – | – | {} |\n", name, settings, line.note);
  }
  const auto& out = line.outside;
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", name, settings,
                     score_cell(line.inside), score_cell(out.mse), score_cell(out.pearson),
                     score_cell(out.cosine), score_cell(out.pds_cosine), rules_text(line.rules));
}

}  // namespace

SweepSummary summarise_sweep(const sweep::SweepRequest& request, std::span<const SweepRow> table,
                             std::map<std::pair<std::string, std::string>, std::string> claims) {
  SweepSummary summary;
  summary.claims = std::move(claims);
  summary.select = request.select;
  for (const auto& row : table) {
    summary.seconds += row.seconds;
    summary.settings += row.inside ? 1 : 0;
  }
  for (std::size_t s = 0; s < request.splits.size(); ++s) {
    const auto& split = request.splits[s];
    std::vector<sweep::FoldChoice> choices;
    for (std::size_t f = 0; f < split.folds.size(); ++f) {
      choices.push_back(choice_of(request, table, s, f));
    }
    for (const auto& task : tasks_of(split)) {
      std::vector<Gathered> of_grid(request.grids.size());
      Gathered best;
      for (std::size_t g = 0; g < of_grid.size(); ++g) {
        of_grid[g].line.split = split.name;
        of_grid[g].line.task = task;
        of_grid[g].line.model = request.grids[g].model;
        of_grid[g].line.grid = g;
      }
      best.line.split = split.name;
      best.line.task = task;
      best.line.model = "best inside";
      for (std::size_t f = 0; f < split.folds.size(); ++f) {
        const auto& fold = split.folds[f];
        // Rows of the fold in order: the chosen of each grid that could be fitted.
        std::vector<const SweepRow*> outside;
        for (const auto& row : table) {
          if (!row.inside && row.split == split.name && row.fold == fold.name && row.task == task) {
            outside.push_back(&row);
          }
        }
        std::size_t next = 0;
        for (std::size_t g = 0; g < of_grid.size(); ++g) {
          const auto at = choices[f].row_of_grid[g];
          if (at < 0) {
            of_grid[g].line.note = "cannot be fitted";
            for (const auto& row : table) {
              if (row.model == request.grids[g].model && !row.note.empty()) {
                of_grid[g].line.note = row.note;
              }
            }
            continue;
          }
          const auto& chosen = table[static_cast<std::size_t>(at)];
          const bool won = choices[f].best_grid == static_cast<std::int64_t>(g);
          of_grid[g].add_inside(chosen, request.select, chosen.settings);
          if (won) {
            ++of_grid[g].line.folds_won;
            best.add_inside(chosen, request.select,
                            chosen.settings.empty()
                                ? chosen.model
                                : fmt::format("{} {}", chosen.model, chosen.settings));
          }
          if (next < outside.size()) {
            of_grid[g].add_outside(*outside[next]);
            if (won) best.add_outside(*outside[next]);
            ++next;
          }
        }
      }
      std::vector<SweepLine> lines;
      for (auto& one : of_grid) lines.push_back(std::move(one).finish());
      for (auto& line : lines) {
        for (const auto& row : table) {
          if (row.split == split.name && row.model == line.model &&
              (row.inside || row.task == task)) {
            line.seconds += row.seconds;
          }
        }
      }
      const bool tested = has_tests(split);
      const auto loss = [&](const SweepLine& line) {
        const double value = tested ? value_of(line.outside, request.select) : line.inside;
        if (std::isnan(value)) return std::numeric_limits<double>::infinity();
        return sweep::lower_is_better(request.select) ? value : -value;
      };
      std::ranges::stable_sort(lines, {}, loss);
      std::ranges::move(lines, std::back_inserter(summary.lines));
      summary.best.push_back(std::move(best).finish());
    }
  }
  return summary;
}

std::string sweep_markdown(const SweepSummary& summary) {
  std::string text;
  for (const auto& best : summary.best) {
    const auto tasks =
        std::ranges::count(summary.best, best.split, [](const auto& line) { return line.split; });
    const auto title = tasks == 1 ? best.split : fmt::format("{}: {}", best.split, best.task);
    text.append(fmt::format("{}**{}**", text.empty() ? "" : "\n", title));
    if (const auto claim = claim_of(summary, best); !claim.empty()) {
      text.append(fmt::format(" ({})", claim));
    }
    text.append(
        fmt::format("\n\n| model | chosen inside | inside {} | mse | pearson | cosine | "
                    "pds_cosine | rests on |\n|---|---|---|---|---|---|---|---|\n",
                    sweep::score_name(summary.select)));
    text.append(markdown_row(best, "**best inside**"));
    for (const auto& line : summary.lines) {
      if (line.split != best.split || line.task != best.task) continue;
      text.append(markdown_row(line, fmt::format("`{}`", line.model)));
    }
  }
  return text;
}

std::string sweep_summary_csv(const SweepSummary& summary) {
  std::string csv =
      "split,task,claim,model,settings,folds,folds_won,inside,mse,pearson,cosine,pds_l2,pds_cosine,"
      "conditions,predicted,rules,note,seconds\n";
  const auto add = [&](const SweepLine& line) {
    csv += fmt::format("{},{},{},{},{},{},{},{}", csv_text(line.split), csv_text(line.task),
                       csv_text(claim_of(summary, line)), csv_text(line.model),
                       csv_text(fmt::format("{}", fmt::join(line.settings, "; "))), line.folds,
                       line.folds_won, csv_number(line.inside));
    for (const auto score : kSweepScores)
      csv += fmt::format(",{}", csv_number(line.outside.*score));
    csv += fmt::format(",{},{},{},{},{:.6f}\n", line.conditions, line.predicted,
                       csv_text(rules_text(line.rules)), csv_text(line.note), line.seconds);
  };
  for (const auto& best : summary.best) {
    add(best);
    for (const auto& line : summary.lines) {
      if (line.split == best.split && line.task == best.task) add(line);
    }
  }
  return csv;
}

}  // namespace cupel
