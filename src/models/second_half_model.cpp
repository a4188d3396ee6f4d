#include "models/second_half_model.hpp"

#include <algorithm>
#include <limits>

namespace cupel::models {

Prediction SecondHalfModel::predict(std::span<const Condition> asked) const {
  const auto genes = training_->delta.cols();
  Prediction prediction{make_host_matrix<double>(std::ssize(asked), genes),
                        std::vector<Rung>(asked.size(), Rung::kNone)};
  for (std::size_t i = 0; i < asked.size(); ++i) {
    double* delta = prediction.delta.view().row(static_cast<std::int64_t>(i));
    const auto found = row_.find(asked[i]);
    if (found == row_.end()) {
      std::fill_n(delta, genes, std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    write(asked[i], found->second, delta);
    prediction.rung[i] = Rung::kReplicate;
  }
  return prediction;
}

}  // namespace cupel::models
