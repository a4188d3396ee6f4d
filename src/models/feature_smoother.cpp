#include "models/feature_smoother.hpp"

#include <algorithm>

#include "cupel/error.hpp"
#include "models/row_copies.hpp"

namespace cupel::models {
namespace {

std::vector<std::int64_t> known_rows(const FeatureRows& rows) {
  std::vector<std::int64_t> known;
  for (std::size_t i = 0; i < rows.known.size(); ++i) {
    if (rows.known[i] != 0) known.push_back(static_cast<std::int64_t>(i));
  }
  return known;
}

}  // namespace

FeatureSmoother::FeatureSmoother(const Training& training, const Settings& settings)
    : Smoother(training),
      space_(training, settings.text("features"), feature_choices(settings)),
      fallback_(fallback_of(settings)),
      fixed_(!space_.learns_from_profiles() &&
             settings.text("features").find("one-hot") == std::string::npos),
      row_weights_(row_weights(training, settings.number("weight-power"))) {
  const FeatureRows rows = space_.rows(training.conditions);
  fitted_ = known_rows(rows);
  if (fitted_.empty()) throw Error(ErrorKind::kInput, "no training condition has features");
  x_ = rows_of(rows.values.view(), fitted_);
}

std::vector<double> FeatureSmoother::fitted_weights() const {
  std::vector<double> weights;
  for (const auto row : fitted_) weights.push_back(row_weights_[static_cast<std::size_t>(row)]);
  return weights;
}

const Condition& FeatureSmoother::condition(std::int64_t fitted_row) const {
  return training()
      .conditions[static_cast<std::size_t>(fitted_[static_cast<std::size_t>(fitted_row)])];
}

Matrix<double> FeatureSmoother::fitted_delta() const {
  return rows_of(training().delta.view(), fitted_);
}

FeatureSmoother::Known FeatureSmoother::known(std::span<const Condition> asked) const {
  const FeatureRows rows = space_.rows(asked);
  Known result{known_rows(rows), {}, {}};
  for (const auto row : result.rows) {
    result.conditions.push_back(asked[static_cast<std::size_t>(row)]);
  }
  result.x = rows_of(rows.values.view(), result.rows);
  return result;
}

Weights FeatureSmoother::weights(std::span<const Condition> asked) const {
  const Known with = known(asked);
  const auto of_fitted = weights_of(with.x.view(), with.conditions);

  auto of_training = make_host_matrix<double>(std::ssize(asked), training().delta.rows());
  std::fill_n(of_training.view().data, of_training.view().size(), 0.0);
  std::vector<std::uint8_t> is_known(asked.size(), 0);
  for (std::size_t i = 0; i < with.rows.size(); ++i) {
    const double* from = of_fitted.view().row(static_cast<std::int64_t>(i));
    double* to = of_training.view().row(with.rows[i]);
    for (const auto row : fitted_) to[row] = *from++;
    is_known[static_cast<std::size_t>(with.rows[i])] = 1;
  }
  double total = 0.0;
  for (const double weight : row_weights_) total += weight;
  std::vector<double> share;
  for (const double weight : row_weights_) share.push_back(weight / total);
  return with_fallback(std::move(of_training), is_known, fallback_, share);
}

std::vector<Setting> with_feature_settings(std::vector<Setting> own) {
  std::vector<Setting> all{kFeaturesSetting,    kUnknownSetting,  kMembersSetting,
                           kStandardiseSetting, kFallbackSetting, kWeightPowerSetting};
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

}  // namespace cupel::models
