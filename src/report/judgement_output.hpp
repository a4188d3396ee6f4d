#pragma once
#include <string>

#include "report/judgement.hpp"

namespace cupel {

// What the report's own settings ask for, over its predictions and baselines.
[[nodiscard]] Judgement judge_report(const Report& report);

// prediction, context, metric, mean, low, high, n, rank, rank_low, rank_high, reason: predictions
// in the report's order, then baselines (which have no rank); `reason` says why there is no
// interval. Where there are several contexts, "(macro mean)" is the mean over them. The metric
// "mean_rank" is that of the board.
[[nodiscard]] std::string intervals_csv(const Report& report, const Judgement& judgement);
// context, metric, a, b, difference, low, high, p, p_holm, n, verdict, reason.
[[nodiscard]] std::string comparisons_csv(const Report& report, const Judgement& judgement);
// metric_a, metric_b, context, tau, low, high, n, reason. Where there are several contexts,
// "(pooled)" orders all predictions of all contexts together, "(within contexts)" is the mean of
// the contexts' own taus.
[[nodiscard]] std::string metric_agreement_csv(const Report& report, const Judgement& judgement);

// What the terminal says below the board: who is not told apart from the best, who is not shown to
// beat a baseline, and which metrics disagree about the order. Empty where nothing is compared.
[[nodiscard]] std::string judgement_text(const Report& report, const Judgement& judgement);

// Writes intervals.csv, comparisons.csv and metric_agreement.csv, or nothing where nothing was
// judged.
void write_judgement(const std::string& folder, const Report& report, const Judgement& judgement);

}  // namespace cupel
