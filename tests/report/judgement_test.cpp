#include "report/judgement.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "parallel/parallel.hpp"
#include "report/judgement_output.hpp"
#include "report/report.hpp"
#include "support/scored_report.hpp"
#include "uncertainty/bootstrap.hpp"
#include "uncertainty/multiple_tests.hpp"
#include "uncertainty/paired.hpp"

namespace cupel::test {
namespace {

const Standing& standing(const Judgement& judgement, std::size_t prediction, std::size_t metric,
                         std::size_t context = 0) {
  for (const auto& one : judgement.standings) {
    if (one.prediction == prediction && one.metric == metric && one.context == context) return one;
  }
  throw std::runtime_error("no such standing");
}

const Comparison& comparison(const Judgement& judgement, std::size_t first, std::size_t second,
                             std::size_t metric = 0, std::size_t context = 0) {
  for (const auto& one : judgement.comparisons) {
    if (one.first == first && one.second == second && one.metric == metric &&
        one.context == context) {
      return one;
    }
  }
  throw std::runtime_error("no such comparison");
}

Scores plus(Scores scores, double more) {
  for (double& score : scores) score += more;
  return scores;
}

TEST(Judgement, GivesIdenticalPredictionsPOneAndTheSameRank) {
  const auto twin = noise(1, 40, 0.5);
  auto made = ScoredReport().add("pds_cosine", {twin, plus(twin, -1.0), twin});
  const auto judged = judge_report(made.report());
  const auto& same = comparison(judged, 0, 2);
  EXPECT_EQ(same.p, 1.0);
  EXPECT_EQ(same.p_holm, 1.0);
  EXPECT_EQ(same.difference, 0.0);
  EXPECT_EQ(same.interval.low, 0.0);
  EXPECT_EQ(same.interval.high, 0.0);
  EXPECT_EQ(same.verdict, Verdict::kIdentical);
  for (const std::size_t i : {0U, 2U}) {
    EXPECT_EQ(standing(judged, i, 0).rank.rank, 1.5);
    EXPECT_EQ(standing(judged, i, 0).rank.low, 1.5);
    EXPECT_EQ(standing(judged, i, 0).rank.high, 1.5);
    EXPECT_EQ(standing(judged, i, kMeanRank).mean, 1.5);
  }
  EXPECT_EQ(comparison(judged, 0, 2, kMeanRank).p, 1.0);
  EXPECT_EQ(comparison(judged, 0, 2, kMeanRank).verdict, Verdict::kIdentical);
  const auto found = leaders(judged, 0);
  EXPECT_EQ(found.best, (std::vector<std::size_t>{0, 2}));
  EXPECT_TRUE(found.not_told_apart.empty());
}

TEST(Judgement, TellsAPredictionThatDominatesFromTheRest) {
  // Eight differences of one sign: two of 2^8 assignments reach as far.
  const Scores base{0.1, 0.5, 0.2, 0.8, 0.3, 0.9, 0.4, 0.6};
  auto made = ScoredReport()
                  .add("pds_cosine", {base, plus(base, 0.25)})
                  .add("expr_mae", {base, plus(base, 0.25)});
  const auto judged = judge_report(made.report());
  const auto& higher = comparison(judged, 0, 1, 0);
  EXPECT_NEAR(higher.difference, -0.25, 1e-15);
  EXPECT_EQ(higher.p, 2.0 / 256.0);
  EXPECT_EQ(higher.n, 8);
  EXPECT_EQ(higher.verdict, Verdict::kSecondBetter);
  EXPECT_EQ(comparison(judged, 0, 1, 1).verdict, Verdict::kFirstBetter) << "lower is better";
  EXPECT_EQ(standing(judged, 1, 0).rank.low, 1.0);
  EXPECT_EQ(standing(judged, 1, 0).rank.high, 1.0);
  EXPECT_EQ(leaders(judged, 0).best, (std::vector<std::size_t>{1}));
  EXPECT_EQ(leaders(judged, 1).best, (std::vector<std::size_t>{0}));
  EXPECT_EQ(standing(judged, 0, kMeanRank).mean, 1.5);
}

TEST(Judgement, OfOneContextIsWhatTheUncertaintyOfItsScoresSays) {
  const auto first = noise(1, 50, 0.5);
  const auto second = noise(2, 50, 0.3);
  auto made = ScoredReport().add("pds_cosine", {first, second});
  made.report().config.seed = 7;
  const auto judged = judge_report(made.report());
  const Resamples resamples(50, 1000, 7);
  const auto alone = estimate_means({first.data(), 50, 1, Space::kHost}, resamples).front();
  EXPECT_EQ(standing(judged, 0, 0).interval.low, alone.interval.low);
  EXPECT_EQ(standing(judged, 0, 0).interval.high, alone.interval.high);
  EXPECT_EQ(standing(judged, 0, 0).mean, alone.value);
  const auto paired = compare_paired(first, second, resamples, {.draws = 1000, .seed = 7});
  const auto& compared = comparison(judged, 0, 1);
  EXPECT_EQ(compared.difference, paired.difference.value);
  EXPECT_EQ(compared.interval.low, paired.difference.interval.low);
  EXPECT_EQ(compared.interval.high, paired.difference.interval.high);
  EXPECT_EQ(compared.p, paired.p_value);
  made.report().config.seed = 8;
  EXPECT_NE(standing(judge_report(made.report()), 0, 0).interval.low, alone.interval.low);
}

TEST(Judgement, FollowsTheRuleForUndefinedScores) {
  auto gappy = noise(1, 30, 0.5);
  gappy[3] = kNaN;
  const std::vector<Scores> scores{gappy, noise(2, 30, 0.5)};
  auto skipping = ScoredReport().add("pds_cosine", scores);
  const auto skipped = judge_report(skipping.report());
  EXPECT_EQ(standing(skipped, 0, 0).n, 29);
  EXPECT_TRUE(standing(skipped, 0, 0).interval.defined());
  EXPECT_EQ(comparison(skipped, 0, 1).n, 29);
  auto keeping = ScoredReport({.nan_in_mean = NanInMean::kPropagate}).add("pds_cosine", scores);
  const auto kept = judge_report(keeping.report());
  EXPECT_TRUE(std::isnan(standing(kept, 0, 0).mean));
  EXPECT_NE(standing(kept, 0, 0).interval.undefined_because.find("undefined"), std::string::npos);
  EXPECT_TRUE(standing(kept, 1, 0).interval.defined());
  EXPECT_EQ(comparison(kept, 1, 0).verdict, Verdict::kUndefined);
  EXPECT_FALSE(comparison(kept, 1, 0).reason.empty());
  EXPECT_EQ(standing(kept, 0, 0).rank.rank, 2.0);
  EXPECT_EQ(leaders(kept, 0).not_compared, (std::vector<std::size_t>{0}));
  // What the definition leaves out is no undefined score.
  auto& score = keeping.report().predictions[0].contexts[0].metrics[0].scores[3];
  score = cupel::Score::left_out("not for this one");
  EXPECT_TRUE(standing(judge_report(keeping.report()), 0, 0).interval.defined());
}

TEST(Judgement, SaysWhereThereIsNothingToResample) {
  auto made = ScoredReport().add("pds_cosine", {{0.5}, {kNaN}});
  const auto judged = judge_report(made.report());
  EXPECT_EQ(standing(judged, 0, 0).mean, 0.5);
  EXPECT_EQ(standing(judged, 0, 0).interval.undefined_because, "fewer than two values to resample");
  EXPECT_EQ(standing(judged, 1, 0).interval.undefined_because, "no perturbation has a value");
  EXPECT_EQ(comparison(judged, 0, 1).reason, "no perturbation has a value");
  const double infinity = std::numeric_limits<double>::infinity();
  auto open = ScoredReport().add("pds_cosine", {{0.5, infinity}, {0.5, 0.25}});
  EXPECT_EQ(standing(judge_report(open.report()), 0, 0).interval.undefined_because,
            "a score is infinite");
  EXPECT_EQ(comparison(judge_report(open.report()), 0, 1).verdict, Verdict::kUndefined);
}

TEST(Judgement, ResamplesBothPartsOfARatio) {
  const auto top = noise(1, 40, 2.0);
  const auto other = noise(2, 40, 1.0);
  Scores bottom = noise(3, 40, 3.0);
  bottom[5] = -1.0;
  auto made = ScoredReport()
                  .add("expr_mse_unbiased_capped", {top, other})
                  .add("expr_distance_unbiased", {bottom, bottom})
                  .add_ratio("expr_mse_unbiased_capped_norm");
  const auto judged = judge_report(made.report());
  const Resamples resamples(40, 1000, 0);
  const auto alone = estimate_ratio(top, bottom, resamples);
  const auto& ratio = standing(judged, 0, 2);
  EXPECT_DOUBLE_EQ(ratio.mean, alone.value);
  EXPECT_NEAR(ratio.interval.low, alone.interval.low, 1e-12);
  EXPECT_NEAR(ratio.interval.high, alone.interval.high, 1e-12);
  EXPECT_EQ(ratio.n, 40);
  // Swapping two predictions of a perturbation leaves the denominator: the test is of numerators.
  const auto& compared = comparison(judged, 1, 0, 2);
  EXPECT_NEAR(compared.difference, standing(judged, 1, 2).mean - ratio.mean, 1e-12);
  EXPECT_EQ(compared.p, compare_paired(other, top, resamples, {.draws = 1000}).p_value);
  EXPECT_TRUE(compared.interval.defined());
  EXPECT_EQ(compared.verdict, Verdict::kFirstBetter);
}

TEST(Judgement, SaysWhichMetricsAreNoMeans) {
  auto made = ScoredReport()
                  .add("pds_cosine", {noise(1, 10, 1.0), noise(2, 10, 0.0)})
                  .add("de_wilcoxon_nsig_spearman", {Scores(10, 0.5), Scores(10, 0.25)})
                  .add_ratio("expr_mse_unbiased_capped_norm");
  const auto judged = judge_report(made.report());
  const auto& one_number = standing(judged, 0, 1);
  EXPECT_EQ(one_number.mean, 0.5);
  EXPECT_EQ(one_number.rank.rank, 1.0);
  EXPECT_TRUE(std::isnan(one_number.rank.low));
  EXPECT_NE(one_number.interval.undefined_because.find("one number"), std::string::npos);
  EXPECT_EQ(comparison(judged, 0, 1, 1).verdict, Verdict::kUndefined);
  EXPECT_NE(standing(judged, 0, 2).interval.undefined_because.find("not in the profile"),
            std::string::npos);
}

// Welch: the standard error of the mean of two contexts' means, and t of its degrees.
TEST(Judgement, OfSeveralContextsResamplesEachByItself) {
  const auto wide = noise(1, 40, 0.5, 3.0);
  const auto narrow = noise(2, 90, 0.25, 0.5);
  auto made = ScoredReport()
                  .add("pds_cosine", {wide, plus(wide, -0.5)}, "k562")
                  .add("pds_cosine", {narrow, narrow}, "rpe1");
  made.report().config.draws = 10'000;
  const auto judged = judge_report(made.report());
  const auto& macro = standing(judged, 0, 0, kAllContexts);
  EXPECT_EQ(macro.mean, made.report().predictions[0].macro_mean(0));
  EXPECT_EQ(macro.n, 130);
  const auto error_of = [](const Scores& scores) {
    double mean = 0.0;
    double squares = 0.0;
    for (const double s : scores) mean += s / static_cast<double>(scores.size());
    for (const double s : scores) squares += (s - mean) * (s - mean);
    const auto n = static_cast<double>(scores.size());
    return squares / (n - 1.0) / n;
  };
  const double half = 2.02 * std::sqrt(error_of(wide) + error_of(narrow)) / 2.0;  // t(40)
  EXPECT_NEAR((macro.interval.high - macro.interval.low) / 2.0, half, 0.05 * half);
  // A context alone has its own row, with the same mean as alone.
  EXPECT_EQ(standing(judged, 0, 0, 0).n, 40);
  EXPECT_EQ(standing(judged, 1, 0, 1).interval.low, standing(judged, 0, 0, 1).interval.low);
  const auto& compared = comparison(judged, 0, 1, 0, kAllContexts);
  EXPECT_NEAR(compared.difference, 0.25, 1e-12);
  EXPECT_EQ(compared.verdict, Verdict::kFirstBetter);
  EXPECT_EQ(comparison(judged, 0, 1, 0, 1).verdict, Verdict::kIdentical);
  EXPECT_EQ(standing(judged, 0, kMeanRank, kAllContexts).mean, 1.0);
}

// The same scores twice: drawn alike, their mean would vary as much as one of them.
TEST(Judgement, DrawsEachContextApart) {
  const auto scores = noise(1, 60, 0.5);
  auto made =
      ScoredReport().add("pds_cosine", {scores}, "k562").add("pds_cosine", {scores}, "rpe1");
  made.report().config.draws = 5000;
  const auto judged = judge_report(made.report());
  const auto width = [&](std::size_t context) {
    const auto& interval = standing(judged, 0, 0, context).interval;
    return interval.high - interval.low;
  };
  EXPECT_NEAR(width(kAllContexts) / width(0), std::sqrt(0.5), 0.05);
}

// Every assignment of signs, a context's mean counting as much as another's.
TEST(Judgement, TestsTheMeanOfContextsNotOfPerturbations) {
  const Scores few{0.3, 0.35, 0.25};
  const Scores many{-0.1, -0.2, -0.05, 0.02, -0.15, -0.12, 0.01, -0.03};
  auto made = ScoredReport()
                  .add("pds_cosine", {few, Scores(3, 0.0)}, "k562")
                  .add("pds_cosine", {many, Scores(8, 0.0)}, "rpe1");
  const auto mean_of_means = [&](std::size_t signs) {
    double first = 0.0;
    double second = 0.0;
    for (std::size_t i = 0; i < 3; ++i) first += (signs >> i & 1) != 0 ? -few[i] : few[i];
    for (std::size_t i = 0; i < 8; ++i) second += (signs >> (i + 3) & 1) != 0 ? -many[i] : many[i];
    return (first / 3.0 + second / 8.0) / 2.0;
  };
  int as_far = 0;
  for (std::size_t signs = 0; signs < 2048; ++signs) {
    as_far += std::abs(mean_of_means(signs)) >= std::abs(mean_of_means(0)) - 1e-12 ? 1 : 0;
  }
  const auto judged = judge_report(made.report());
  const auto& compared = judged.comparisons[2];
  ASSERT_EQ(compared.context, kAllContexts);
  EXPECT_NEAR(std::abs(compared.difference), std::abs(mean_of_means(0)), 1e-15);
  EXPECT_EQ(compared.p, as_far / 2048.0);
}

TEST(Judgement, WantsTwoValuesInEveryContext) {
  auto made = ScoredReport()
                  .add("pds_cosine", {noise(1, 20, 0.5)}, "k562")
                  .add("pds_cosine", {{0.5}}, "rpe1");
  const auto judged = judge_report(made.report());
  EXPECT_TRUE(standing(judged, 0, 0, 0).interval.defined());
  EXPECT_EQ(standing(judged, 0, 0, kAllContexts).interval.undefined_because,
            "a context has fewer than two values to resample");
}

// Five times as many samples as predictions of one report: each is an independent one.
TEST(Judgement, IntervalsOfSeveralContextsHoldTheTruthAsOftenAsTheySay) {
  double held = 0.0;
  double all = 0.0;
  for (std::uint64_t round = 0; round < 5; ++round) {
    std::vector<Scores> first;
    std::vector<Scores> second;
    for (std::uint64_t i = 0; i < 200; ++i) {
      auto skewed = noise(1000 * round + i, 25, 0.0);
      for (double& score : skewed) score *= score;  // chi-square: 1
      first.push_back(skewed);
      second.push_back(noise(1'000'000 + 1000 * round + i, 40, 2.0, 0.25));
    }
    auto made = ScoredReport()
                    .add("expr_real_mass_ratio", first, "k562")
                    .add("expr_real_mass_ratio", second, "rpe1");
    made.report().config.draws = 500;
    for (const auto& one : judge_report(made.report()).standings) {
      if (one.context != kAllContexts) continue;
      all += 1.0;
      held += one.interval.low <= 1.5 && 1.5 <= one.interval.high ? 1.0 : 0.0;
    }
  }
  EXPECT_EQ(all, 1000.0);
  EXPECT_GE(held / all, 0.915);  // 25 squares of normal numbers are hard: 95 % where n is large
  EXPECT_LE(held / all, 0.975);
}

TEST(Judgement, CorrectsWithinAMetricAndApartForBaselines) {
  auto made = ScoredReport()
                  .add("pds_cosine", {noise(1, 12, 0.4), noise(2, 12, 0.0), noise(3, 12, -0.6)})
                  .add("delta_mae", {noise(4, 12, 0.0), noise(5, 12, 0.0), noise(6, 12, 0.0)})
                  .add_baselines("pds_cosine", {noise(7, 12, -0.8), noise(8, 12, -0.3)})
                  .add_baselines("delta_mae", {noise(9, 12, 3.0), noise(10, 12, 4.0)});
  const auto judged = judge_report(made.report());
  for (const std::size_t metric : {0U, 1U}) {
    for (const bool with_baseline : {false, true}) {
      std::vector<double> p;
      std::vector<double> corrected;
      for (const auto& one : judged.comparisons) {
        if (one.metric != metric || one.with_baseline != with_baseline) continue;
        p.push_back(one.p);
        corrected.push_back(one.p_holm);
        if (with_baseline) {
          EXPECT_EQ(one.second, metric == 0 ? 4U : 3U) << "the better baseline";
        }
      }
      EXPECT_EQ(p.size(), 3U);
      EXPECT_EQ(corrected, holm(p));
    }
  }
  EXPECT_TRUE(std::isnan(standing(judged, 3, 0).rank.rank)) << "a baseline has no rank";
  EXPECT_TRUE(standing(judged, 3, 0).interval.defined());
  EXPECT_EQ(standing(judged, 2, 0).rank.rank, 3.0);
}

TEST(Judgement, ComparesManyPredictionsWithTheBestAlone) {
  std::vector<Scores> scores;
  for (std::uint64_t i = 0; i <= kMostComparedInPairs; ++i) {
    scores.push_back(noise(i, 30, i == 4 ? 3.0 : 0.0, 0.5));
  }
  auto made = ScoredReport().add("pds_cosine", scores);
  made.report().config.draws = 100;
  const auto judged = judge_report(made.report());
  std::size_t under_the_metric = 0;
  for (const auto& one : judged.comparisons) {
    if (one.metric != 0) continue;
    ++under_the_metric;
    EXPECT_EQ(one.first, 4U);
    // No draw of 100 goes as far, but 20 tests want more of one.
    EXPECT_EQ(one.verdict, Verdict::kTooFewDraws);
  }
  EXPECT_EQ(under_the_metric, kMostComparedInPairs);
  EXPECT_EQ(leaders(judged, 0).not_told_apart.size(), kMostComparedInPairs);
  made.report().config.draws = 2000;
  EXPECT_EQ(leaders(judge_report(made.report()), 0).not_told_apart.size(), 0U);
}

TEST(Judgement, SaysWhenTooFewPerturbationsCanTell) {
  auto made = ScoredReport().add("pds_cosine", {{1, 2, 3}, {0, 1, 2}});
  const auto judged = judge_report(made.report());
  EXPECT_EQ(comparison(judged, 0, 1).p, 0.25);
  EXPECT_EQ(comparison(judged, 0, 1).verdict, Verdict::kNotToldApart);
  EXPECT_NE(comparison(judged, 0, 1).reason.find("too few perturbations"), std::string::npos);
}

TEST(Judgement, MeasuresHowMetricsAgree) {
  std::vector<Scores> up;
  std::vector<Scores> down;
  for (const double mean : {0.1, 0.4, 0.2, 0.3}) {
    up.push_back({mean, mean});
    down.push_back({1.0 - mean, 1.0 - mean});
  }
  std::vector<Scores> swapped = up;
  std::swap(swapped[0], swapped[2]);
  auto made = ScoredReport()
                  .add("pds_cosine", up)
                  .add("expr_mae", down)
                  .add("delta_pearson", swapped)
                  .add("expr_real_mass_ratio", up);
  const auto judged = judge_report(made.report());
  ASSERT_EQ(judged.agreements.size(), 3U) << "a diagnostic orders nothing";
  EXPECT_EQ(judged.agreements[0].tau.value, 1.0) << "lower is better is turned round";
  EXPECT_FALSE(judged.agreements[0].interval.defined());
  EXPECT_NEAR(judged.agreements[1].tau.value, 2.0 / 3.0, 1e-15);  // one pair of six
  EXPECT_LT(judged.agreements[1].interval.low, 2.0 / 3.0);
  EXPECT_GT(judged.agreements[1].interval.high, 2.0 / 3.0);
  EXPECT_EQ(judged.agreements[1].n, 4);
}

TEST(Judgement, OfAgreementLooksWithinContextsToo) {
  // Within each context the orders are opposite; one context is higher under both metrics.
  std::vector<Scores> x;
  std::vector<Scores> y;
  for (const double step : {0.0, 0.1, 0.2}) {
    x.push_back({step});
    y.push_back({0.2 - step});
  }
  std::vector<Scores> higher_x = x;
  std::vector<Scores> higher_y = y;
  for (auto& scores : higher_x) scores[0] += 10.0;
  for (auto& scores : higher_y) scores[0] += 10.0;
  auto made = ScoredReport()
                  .add("pds_cosine", x, "k562")
                  .add("pds_cosine", higher_x, "rpe1")
                  .add("delta_pearson", y, "k562")
                  .add("delta_pearson", higher_y, "rpe1");
  const auto judged = judge_report(made.report());
  ASSERT_EQ(judged.agreements.size(), 4U);
  EXPECT_EQ(judged.agreements[0].tau.value, -1.0);
  EXPECT_EQ(judged.agreements[2].over, Agreement::Over::kPooled);
  EXPECT_NEAR(judged.agreements[2].tau.value, 3.0 / 15.0, 1e-15);  // 9 between, 6 within
  EXPECT_EQ(judged.agreements[2].n, 6);
  EXPECT_EQ(judged.agreements[3].over, Agreement::Over::kWithinContexts);
  EXPECT_EQ(judged.agreements[3].tau.value, -1.0);
}

TEST(Judgement, HasTheBoardsMeanRank) {
  std::vector<Scores> a;
  std::vector<Scores> b;
  for (std::uint64_t i = 0; i < 7; ++i) {
    a.push_back(noise(i, 20, 0.0));
    b.push_back(noise(100 + i, 20, 0.0));
  }
  a[3][2] = kNaN;
  auto made = ScoredReport().add("pds_cosine", a).add("expr_mae", b).add("expr_real_mass_ratio", b);
  const auto judged = judge_report(made.report());
  std::vector<double> mean_rank;
  const auto order = leaderboard_order(made.report(), mean_rank);
  for (std::size_t i = 0; i < 7; ++i) {
    const auto& one = standing(judged, i, kMeanRank);
    EXPECT_EQ(one.mean, mean_rank[i]);
    EXPECT_LE(one.interval.low, one.interval.high);
    EXPECT_LE(one.rank.low, one.rank.high);
  }
  EXPECT_EQ(comparison(judged, order[0], order[6], kMeanRank).difference,
            mean_rank[order[0]] - mean_rank[order[6]]);
}

TEST(Judgement, LeavesOutWhatAPseudobulkCannotHave) {
  constexpr auto kDe = "de_wilcoxon_lfc_nmae";  // lower is better
  std::vector<Scores> bulk;
  std::vector<Scores> cells;
  for (std::uint64_t i = 0; i < 5; ++i) {
    bulk.push_back(noise(i, 20, 0.1 * static_cast<double>(i), 0.05));
    cells.push_back(noise(50 + i, 20, 0.2 * static_cast<double>(i), 0.05));
  }
  cells[4] = Scores(20, kNaN);  // has cells, and no value: the last place
  auto with = ScoredReport().add("pds_cosine", bulk).add(kDe, cells);
  auto& lacking = with.report().predictions[1];
  lacking.pseudobulk = true;
  auto& metric = lacking.contexts[0].metrics[1];
  for (auto& score : metric.scores) score = Score::undefined(kLacksCells);
  metric.aggregate = aggregate(metric.scores, NanInMean::kSkip);
  metric.undefined_because = kLacksCells;
  const auto judged = judge_report(with.report());

  std::vector<double> mean_rank;
  const auto order = leaderboard_order(with.report(), mean_rank);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(standing(judged, i, kMeanRank).mean, mean_rank[i]) << i;
  }
  EXPECT_EQ(mean_rank[1], 4.0);              // of pds_cosine alone, the second from below
  EXPECT_EQ(mean_rank[4], (1.0 + 4.0) / 2);  // of four that have cells
  EXPECT_TRUE(std::isnan(standing(judged, 1, 1).rank.rank));
  EXPECT_EQ(standing(judged, 1, 1).interval.undefined_because, kLacksCells);
  EXPECT_EQ(standing(judged, 4, 1).rank.rank, 4.0);
  EXPECT_EQ(standing(judged, 3, 1).rank.high, 3.0);
  for (const auto& one : judged.comparisons) {
    if (one.metric != 1 || (one.first != 1 && one.second != 1)) continue;
    EXPECT_EQ(one.verdict, Verdict::kUndefined);
    EXPECT_EQ(one.reason == kLacksCells, one.first != 4) << one.reason;  // which lacks values too
  }
  const auto found = leaders(judged, 1);
  EXPECT_EQ(std::ranges::count(found.not_compared, 1U), 0);
  EXPECT_EQ(found.best, std::vector<std::size_t>{0});

  // Under a profile of which it can have nothing that counts, it has no mean rank at all.
  auto alone = ScoredReport().add(kDe, cells);
  alone.report().predictions[1] = lacking;
  std::erase_if(alone.report().predictions[1].contexts[0].metrics,
                [](const MetricResult& m) { return m.metric->name == "pds_cosine"; });
  const auto without = judge_report(alone.report());
  EXPECT_EQ(standing(without, 1, kMeanRank).interval.undefined_because, kLacksCells);
  EXPECT_TRUE(std::isnan(standing(without, 1, kMeanRank).rank.rank));
  EXPECT_EQ(standing(without, 4, kMeanRank).rank.rank, 4.0);
}

TEST(Judgement, HasTheSameBitsForAnyNumberOfThreads) {
  std::vector<Scores> here;
  std::vector<Scores> there;
  for (std::uint64_t i = 0; i < 23; ++i) {
    here.push_back(noise(i, 70, 0.02 * static_cast<double>(i)));
    there.push_back(noise(50 + i, 33, 0.0));
  }
  here[2][9] = kNaN;
  auto made = ScoredReport()
                  .add("pds_cosine", here, "k562")
                  .add("pds_cosine", there, "rpe1")
                  .add("expr_mae", here, "k562")
                  .add("expr_mae", there, "rpe1");
  made.report().config.draws = 301;
  std::vector<std::string> texts;
  for (const int threads : {1, 2, 7}) {
    const ThreadLimit limit(threads);
    const auto judged = judge_report(made.report());
    texts.push_back(intervals_csv(made.report(), judged) + comparisons_csv(made.report(), judged) +
                    metric_agreement_csv(made.report(), judged));
  }
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

TEST(Judgement, IsNotMadeWithoutDraws) {
  auto made = ScoredReport().add("pds_cosine", {noise(1, 20, 0.5), noise(2, 20, 0.5)});
  made.report().config.draws = 0;
  const auto judged = judge_report(made.report());
  EXPECT_FALSE(judged.made());
  EXPECT_TRUE(judged.standings.empty());
  EXPECT_EQ(judgement_text(made.report(), judged), "");
}

}  // namespace
}  // namespace cupel::test
