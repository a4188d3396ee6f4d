#pragma once
#include "cupel/host_device.hpp"
#include "cupel/math/log1p.hpp"

// Delete-one jackknife of v = log1p(T · (S_g - y) / (S - L)), the bulk of a group without one cell
// of total L that holds y of gene g (cell-eval.md 3.0.4).
//
// With n cells, A = S - S / n, B = T · S_g, M = A + B · (1 - 1 / n), and for a cell
// d = (L - S / n) / A, delta = d / (1 - d), the offset of v from log(M / A) is exactly
//   w = log1p((T · (S_g / n - y) · (1 + delta) + B · (1 - 1 / n) · delta) / M),
// which does not cancel: about the mean cell it is about 0. For y = 0 it splits into
//   w = o + e,  o = log1p(B / n / M),  e = log1p(delta · B / (A + B)),
// where |delta| is about 1 / n. So e is a short series in delta, and its sums over all cells of a
// group follow from the power sums of delta: cells without the gene need no work of their own.
namespace cupel::math {

inline constexpr int kJackknifeTerms = 8;                     // as log1p_near takes
inline constexpr int kJackknifePowers = kJackknifeTerms + 3;  // sums of delta^0 and up
// Cells whose |delta| is up to this are near: the series leaves out less than 1e-16 of e, e^2.
inline constexpr double kJackknifeNear = 0.01;

// What all cells and genes of a group share.
struct JackknifeGroup {
  double n;     // cells
  double all;   // S
  double rest;  // A
  double target_sum;
};

CUPEL_HOST_DEVICE inline JackknifeGroup jackknife_group(double n, double all, double target_sum) {
  return {n, all, all - all / n, target_sum};
}

// Whether there is anything to correct for.
CUPEL_HOST_DEVICE inline bool jackknife_applies(const JackknifeGroup& group) {
  return group.n >= 2.0 && group.all > 0.0;
}

// Of a cell of this total; infinite for one that holds everything.
CUPEL_HOST_DEVICE inline double jackknife_delta(const JackknifeGroup& group, double total) {
  const double d = (total - group.all / group.n) / group.rest;
  return d / (1.0 - d);
}
CUPEL_HOST_DEVICE inline bool jackknife_is_near(double delta) {
  return delta <= kJackknifeNear && delta >= -kJackknifeNear;
}

// w of a cell that is not near is log1p((S_g - y) · far scale) - log1p(S_g · centre scale): the
// definition. A cell that leaves nothing when it is left out has v = 0.
CUPEL_HOST_DEVICE inline double jackknife_far_scale(const JackknifeGroup& group, double total) {
  const double left = group.all - total;
  return left > 0.0 ? group.target_sum / left : 0.0;
}
CUPEL_HOST_DEVICE inline double jackknife_centre_scale(const JackknifeGroup& group) {
  return group.target_sum * (1.0 - 1.0 / group.n) / group.rest;
}

// The correction, from the scatter of w summed over genes; rounding may take that below zero.
CUPEL_HOST_DEVICE inline double jackknife_correction(const JackknifeGroup& group, double scatter) {
  const double correction = (group.n - 1.0) / group.n * scatter;
  return correction > 0.0 ? correction : 0.0;
}

// What all cells of a group share of one gene.
struct JackknifeGene {
  double mean;   // S_g / n
  double slope;  // T / M
  double tilt;   // B · (1 - 1 / n) / M
  double share;  // B / (A + B)
};

CUPEL_HOST_DEVICE inline JackknifeGene jackknife_gene(const JackknifeGroup& group, double sum) {
  const double pull = group.target_sum * sum;
  const double left = pull * (1.0 - 1.0 / group.n);
  const double size = group.rest + left;
  return {sum / group.n, group.target_sum / size, left / size, pull / (group.rest + pull)};
}

// w of a cell with count y.
CUPEL_HOST_DEVICE inline double jackknife_argument(const JackknifeGene& gene, double count,
                                                   double delta) {
  return (gene.mean - count) * gene.slope * (1.0 + delta) + gene.tilt * delta;
}

// Terms 2 first + 1 .. 2 first + 8 of the series of log1p, without their power t^(2 first + 1).
// In pairs, not in one chain: each step of a chain waits for the one before it.
CUPEL_HOST_DEVICE inline double eight_log1p_terms(double t, int first) {
  const auto pair = [&](int k) { return 1.0 / (2 * k + 1) - t * (1.0 / (2 * k + 2)); };
  const double t2 = t * t;
  return (pair(first) + t2 * pair(first + 1)) + t2 * t2 * (pair(first + 2) + t2 * pair(first + 3));
}

// log1p(t) for |t| <= kJackknifeNear.
CUPEL_HOST_DEVICE inline double log1p_near(double t) { return t * eight_log1p_terms(t, 0); }

// log1p(t) for |t| <= 1/16, within one ulp.
CUPEL_HOST_DEVICE inline double log1p_small(double t) {
  const double t4 = (t * t) * (t * t);
  return t * (eight_log1p_terms(t, 0) + t4 * t4 * eight_log1p_terms(t, 4));
}

// Coefficients of share^k in the sums of e and of e^2 over all near cells.
struct JackknifeSeries {
  double first[kJackknifeTerms + 1];
  double second[kJackknifeTerms + 3];
};

// `power[k]` is the sum of delta^k over the near cells, k below kJackknifePowers.
CUPEL_HOST_DEVICE inline JackknifeSeries jackknife_series_of(const double* power) {
  JackknifeSeries series{};
  for (int k = 1; k <= kJackknifeTerms; ++k) {
    series.first[k] = (k % 2 == 1 ? power[k] : -power[k]) / k;
  }
  for (int m = 2; m <= kJackknifeTerms + 2; ++m) {
    double coefficient = 0.0;  // of t^m in log1p(t)^2
    for (int k = 1; k < m; ++k) coefficient += 1.0 / (k * (m - k));
    series.second[m] = (m % 2 == 0 ? power[m] : -power[m]) * coefficient;
  }
  return series;
}

// Sums over the near cells that do hold the gene: how many there are, w - e, w^2 - e^2 and e.
struct JackknifeSums {
  double cells;
  double beyond;
  double beyond_squared;
  double series;
};

// Adds the sums of w and w^2 over all near cells.
CUPEL_HOST_DEVICE inline void jackknife_near(const JackknifeGene& gene, const JackknifeSums& held,
                                             const JackknifeSeries& series, double near_cells,
                                             double& first, double& second) {
  double e = 0.0;
  for (int k = kJackknifeTerms; k >= 1; --k) e = (e + series.first[k]) * gene.share;
  double e_squared = 0.0;
  for (int m = kJackknifeTerms + 2; m >= 2; --m) {
    e_squared = (e_squared + series.second[m]) * gene.share;
  }
  e_squared *= gene.share;
  const double offset = log1p(gene.mean * gene.slope);
  const double without = near_cells - held.cells;
  first += without * offset + (e + held.beyond);
  second += without * offset * offset + 2.0 * offset * (e - held.series) +
            (e_squared + held.beyond_squared);
}

}  // namespace cupel::math
