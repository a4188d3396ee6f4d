// What the reference refused and accepted around one small valid pair (tests/golden/refusals.json),
// and what this program does with the same files. docs/parity.md lists the differences.
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cupel/nan.hpp"
#include "support/cli.hpp"
#include "support/paths.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

constexpr auto kControl = "non-targeting";
const Words kLabels{"G003", "G010", "G025", "G041"};

// One pair of files to be scored, and what becomes of it. Every screen's first cells are perturbed.
struct Pair {
  SmallScreen real;
  SmallScreen pred;
  Layout layout = {.kind = "csr", .storage = {.type = "float64"}};
  std::optional<std::vector<Triplet>> real_entries = {};  // where they are not the values
  std::optional<std::vector<Triplet>> pred_entries = {};
  Words arguments = {};
};

struct Expected {
  std::function<void(Pair&)> change;
  std::string refusal = {};  // words of it; empty: accepted
  bool differs = false;      // from the reference, as docs/parity.md says
};

using Change = std::function<void(Pair&)>;

Change set_real(double value) {
  return [=](Pair& pair) { pair.real.value(0, 0) = value; };
}
Change set_pred(double value) {
  return [=](Pair& pair) { pair.pred.value(0, 0) = value; };
}
// A total, by the first value of the first cell.
void set_total(SmallScreen& screen, double total) {
  screen.value(0, 0) = total - (screen.total(0) - screen.value(0, 0));
}
void lognorm(Pair& pair) {
  for (auto* screen : {&pair.real, &pair.pred}) screen->to_lognorm();
  pair.layout.storage.type = "float32";
}
Change set_lognorm(double value) {
  return [=](Pair& pair) {
    lognorm(pair);
    pair.pred.value(0, 0) = value;
  };
}
Change stored_as(const std::string& kind, const std::string& type) {
  return [=](Pair& pair) { pair.layout = {.kind = kind, .storage = {.type = type}}; };
}
Change on_both(const std::function<void(SmallScreen&)>& change) {
  return [=](Pair& pair) {
    change(pair.real);
    change(pair.pred);
  };
}
void silence(SmallScreen& screen, const std::string& label) {
  for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
    if (screen.labels[static_cast<std::size_t>(cell)] != label) continue;
    for (std::int64_t gene = 0; gene < screen.n_genes(); ++gene) screen.value(cell, gene) = 0;
  }
}
void keep_labels(SmallScreen& screen, const Words& kept) {
  for (const auto& label : std::set<std::string>(screen.labels.begin(), screen.labels.end())) {
    if (std::ranges::find(kept, label) == kept.end()) screen.drop_label(label);
  }
}
void no_effect(Pair& pair) {
  pair.real = make_small_screen({.draw = 1, .effect = 0});
  pair.pred = make_small_screen({.draw = 2, .effect = 0});
}
void one_stored_zero(Pair& pair) {
  pair.pred_entries = entries_of(pair.pred);
  pair.pred_entries->at(2).value = 0;
}
void no_label_is_a_gene(SmallScreen& screen) {
  for (const auto& label : kLabels) screen.rename(label, label + "-sg");
}

const std::map<std::string, Expected>& cases() {
  static const std::map<std::string, Expected> all{
      {"gene_order",
       {[](Pair& pair) {
          std::vector<std::int64_t> order(60);
          std::iota(order.begin(), order.end(), 0);
          std::swap(order[0], order[1]);
          pair.pred.keep_genes(order);
        },
        "same genes as real.h5ad in another order (gene 0 is 'G001', expected 'G000')"}},
      {"gene_count",
       {[](Pair& pair) {
          std::vector<std::int64_t> kept(59);
          std::iota(kept.begin(), kept.end(), 0);
          pair.pred.keep_genes(kept);
        },
        "1 of 60 genes of real.h5ad are missing (first: 'G059')"}},
      {"duplicate_gene_names",
       {on_both([](SmallScreen& s) { s.genes[5] = s.genes[4]; }),
        "real.h5ad: gene 'G004' occurs more than once"}},
      {"missing_label_in_pred",
       {[](Pair& pair) { pair.pred.drop_label("G010"); },
        "1 of 4 perturbations of real.h5ad are missing (first: 'G010')"}},
      {"extra_label_in_pred",
       {[](Pair& pair) { pair.real.drop_label("G010"); },
        "1 perturbations are not in real.h5ad (first: 'G010')"}},
      {"control_missing_both",
       {on_both([](SmallScreen& s) { s.drop_label(kControl); }),
        "real.h5ad: no cell is labelled 'non-targeting' in obs column 'target'; give --control one "
        "of: G003, G010, G025, G041"}},
      {"control_missing_pred",
       {[](Pair& pair) { pair.pred.drop_label(kControl); },
        "pred.h5ad: no cell is labelled 'non-targeting'"}},
      {"no_such_column",
       {[](Pair& pair) {
          pair.arguments = {"--pert-col", "nope"};
        },
        "real.h5ad: obs has no column 'nope'; columns: target"}},
      {"only_control",
       {on_both([](SmallScreen& s) { keep_labels(s, {kControl}); }),
        "there is no perturbation to judge"}},
      {"one_perturbation", {on_both([](SmallScreen& s) {
         keep_labels(s, {kControl, "G003"});
       })}},
      {"one_control_cell", {[](Pair& pair) {
         bool seen = false;
         std::vector<std::int64_t> kept;
         for (std::int64_t cell = 0; cell < pair.real.n_cells(); ++cell) {
           const bool control = pair.real.labels[static_cast<std::size_t>(cell)] == kControl;
           if (!control || !seen) kept.push_back(cell);
           seen |= control;
         }
         pair.real.keep_cells(kept);
       }}},
      {"missing_obs_label",
       {on_both([](SmallScreen& s) {
          for (int k = 0; k < 3; ++k) {
            s.labels[static_cast<std::size_t>(s.first_cell("G003"))] = SmallScreen::kNoLabel;
          }
        }),
        "has no label in obs column 'target'"}},
      {"empty_label",
       {on_both([](SmallScreen& s) { s.rename("G003", ""); }),
        "has no label in obs column 'target'"}},
      {"label_nan_text", {on_both([](SmallScreen& s) { s.rename("G003", "nan"); })}},
      {"no_label_is_a_gene",
       {on_both(no_label_is_a_gene), "none of 4 perturbation labels names a gene"}},
      {"no_label_is_a_gene_not_excluded",
       {[](Pair& pair) {
          on_both(no_label_is_a_gene)(pair);
          pair.arguments = {"--set", "pds.exclusion=none"};
        },
        "none of 4 perturbation labels names a gene"}},
      {"negative_real",
       {set_real(-1), "real.h5ad: cell 'cell0' (row 0), gene 'G000': the value -1 is negative"}},
      {"negative_pred",
       {set_pred(-1), "pred.h5ad: cell 'cell0' (row 0), gene 'G000': the value -1 is negative"}},
      {"negative_pred_fractional_allowed",
       {[](Pair& pair) {
          set_pred(-0.5)(pair);
          pair.arguments = {"--set", "data.allow_fractional_counts=true"};
        },
        "the value -0.5 is negative"}},
      {"fractional_real",
       {set_real(1.5),
        "real.h5ad: cell 'cell0' (row 0), gene 'G000': the value 1.5 is not a whole number"}},
      {"fractional_real_allowed_flag",
       {[](Pair& pair) {
          set_real(1.5)(pair);
          pair.arguments = {"--set", "data.allow_fractional_counts=true"};
        },
        "real.h5ad: cell 'cell0' (row 0), gene 'G000': the value 1.5 is not a whole number"}},
      {"fractional_pred",
       {set_pred(1.5),
        "pred.h5ad: cell 'cell0' (row 0), gene 'G000': the value 1.5 is not a whole number"}},
      {"fractional_pred_allowed", {[](Pair& pair) {
         set_pred(1.5)(pair);
         pair.arguments = {"--set", "data.allow_fractional_counts=true"};
       }}},
      {"almost_integral", {set_pred(1 + 5e-7)}},
      {"barely_fractional", {set_pred(1 + 2e-6), "is not a whole number"}},
      {"nan_real",
       {set_real(kNaN), "real.h5ad: cell 'cell0' (row 0), gene 'G000': the value is NaN"}},
      {"nan_pred",
       {set_pred(kNaN), "pred.h5ad: cell 'cell0' (row 0), gene 'G000': the value is NaN"}},
      {"nan_pred_fractional_allowed",
       {[](Pair& pair) {
          set_pred(kNaN)(pair);
          pair.arguments = {"--set", "data.allow_fractional_counts=true"};
        },
        "the value is NaN"}},
      {"inf_pred",
       {set_pred(std::numeric_limits<double>::infinity()),
        "pred.h5ad: cell 'cell0' (row 0): the total of the cell is inf, beyond"}},
      {"total_at_limit", {[](Pair& pair) { set_total(pair.pred, 1e6); }}},
      {"total_above_limit",
       {[](Pair& pair) { set_total(pair.pred, 1e6 + 1); },
        "pred.h5ad: cell 'cell0' (row 0): the total of the cell is 1000001, beyond "
        "data.max_counts_per_cell = 1000000"}},
      {"real_total_above_limit",
       {[](Pair& pair) { set_total(pair.real, 1e6 + 1); },
        "real.h5ad: cell 'cell0' (row 0): the total of the cell is 1000001"}},
      {"lognorm_integral", {[](Pair&) {}, "are counts, not lognorm"}},
      {"lognorm_valid", {lognorm}},
      {"lognorm_declared_counts", {lognorm, "is not a whole number; give --input-type lognorm"}},
      {"lognorm_pred_only", {[](Pair& pair) { pair.pred.to_lognorm(); }, "pred.h5ad: cell", true}},
      {"lognorm_negative", {set_lognorm(-0.1), "gene 'G000': the value -0.1"}},
      {"lognorm_value_above_limit",
       {set_lognorm(14), "pred.h5ad: the largest value 14 is beyond log1p(1000000)"}},
      {"lognorm_total_above_limit",
       {set_lognorm(std::log1p(5e5)),
        "pred.h5ad: cell 'cell0' (row 0): the total of expm1 of the cell"}},
      {"lognorm_nan", {set_lognorm(kNaN), "gene 'G000': the value is NaN"}},
      {"explicit_zero_counts", {one_stored_zero, "", true}},
      {"explicit_zero_lognorm",
       {[](Pair& pair) {
          lognorm(pair);
          one_stored_zero(pair);
        },
        "", true}},
      {"zero_group_pred", {[](Pair& pair) { silence(pair.pred, "G003"); }}},
      {"zero_group_real", {[](Pair& pair) { silence(pair.real, "G003"); }}},
      {"zero_control_real",
       {[](Pair& pair) { silence(pair.real, kControl); },
        "real.h5ad: no gene's mean CPM in the 40 control cells exceeds 5"}},
      {"panel_covers_all_genes",
       {on_both([](SmallScreen& s) {
          s.keep_genes({3, 10, 25, 41});
        }),
        "no gene is left"}},
      {"csc_input", {stored_as("csc", "float64")}},
      {"dense_input", {stored_as("dense", "float64")}},
      {"unsorted_indices", {[](Pair& pair) {
         pair.real_entries = entries_of(pair.real);
         pair.pred_entries = entries_of(pair.pred);
         for (auto* entries : {&*pair.real_entries, &*pair.pred_entries})
           std::ranges::reverse(*entries);
       }}},
      {"duplicate_coordinates", {[](Pair& pair) {
         pair.pred_entries = entries_of(pair.pred);
         auto& entries = *pair.pred_entries;
         const auto even = std::ranges::find_if(
             entries, [](const Triplet& t) { return t.value > 1 && std::fmod(t.value, 2) == 0; });
         even->value /= 2;
         entries.push_back(*even);
       }}},
      {"int_input", {stored_as("csr", "int32")}},
      {"uint16_dense_input", {stored_as("dense", "uint16")}},
      {"shuffled_rows", {on_both([](SmallScreen& s) {
         std::vector<std::int64_t> order;
         for (std::int64_t i = 0; i < s.n_cells(); ++i) order.push_back(i * 37 % s.n_cells());
         s.keep_cells(order);
       })}},
      {"unknown_metric",
       {[](Pair& pair) {
          pair.arguments = {"--profile", "mine.toml"};
        },
        "no metric named 'nope'"}},
      {"no_effect_in_real_full", {no_effect, "", true}},
      {"no_effect_in_real_vcc2026",
       {[](Pair& pair) {
          no_effect(pair);
          pair.arguments = {"--profile", "vcc2026"};
        },
        "", true}},
      {"no_effect_in_real_without_ratio", {[](Pair& pair) {
         no_effect(pair);
         pair.arguments = {"--profile", "anndata"};
       }}},
  };
  return all;
}

Json recorded() {
  std::ifstream file(source_path("tests/golden/refusals.json"));
  return Json::parse(file)["entries"];
}

class GoldenRefusals : public Cli, public ::testing::WithParamInterface<std::string> {};

TEST_P(GoldenRefusals, AreOursToo) {
  const auto& expected = cases().at(GetParam());
  const auto entries = recorded();
  const auto entry = *std::ranges::find_if(
      entries, [](const Json& e) { return e["name"].get<std::string>() == GetParam(); });
  EXPECT_EQ(expected.refusal.empty() == (entry["outcome"] == "accepted"), !expected.differs);

  Pair pair{make_small_screen(), make_small_screen({.draw = 2})};
  for (auto* screen : {&pair.real, &pair.pred}) {  // the first cell is no control
    std::vector<std::int64_t> order(screen->labels.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::swap(order[0], order[static_cast<std::size_t>(screen->first_cell("G010"))]);
    screen->keep_cells(order);
  }
  expected.change(pair);
  const auto write_side = [&](const std::string& name, const SmallScreen& screen,
                              const auto& entries_of_side) {
    write_screen(folder.file(name), screen, entries_of_side ? *entries_of_side : entries_of(screen),
                 pair.layout);
  };
  write_side("real.h5ad", pair.real, pair.real_entries);
  write_side("pred.h5ad", pair.pred, pair.pred_entries);
  write("mine.toml", "metrics = ['expr_mae', 'nope']\n");
  const auto before = everything();

  Words arguments{"score", "--real", "real.h5ad", "--pred", "pred.h5ad", "-o", "out"};
  const auto& more = pair.arguments;
  if (std::ranges::find(more, "--profile") == more.end()) {
    arguments.insert(arguments.end(), {"--profile", "full"});
  }
  const auto said = entry["arguments"].get<Words>();
  if (std::ranges::find(said, "lognorm") != said.end()) {
    arguments.insert(arguments.end(), {"--input-type", "lognorm"});
  }
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto result = cupel(arguments);
  if (expected.refusal.empty()) {
    expect_done(result);
    EXPECT_TRUE(everything().contains("out/pred/results.csv"));
  } else {
    expect_refused(result, GetParam() == "unknown_metric" ? 2 : 3, expected.refusal);
    EXPECT_EQ(everything(), before);
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& entry : recorded()) all.push_back(entry["name"]);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Each, GoldenRefusals, ::testing::ValuesIn(names()),
                         [](const auto& of) { return of.param; });

}  // namespace
}  // namespace cupel::test
