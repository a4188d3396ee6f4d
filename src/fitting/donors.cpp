#include "fitting/donors.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "fitting/made_cells.hpp"
#include "random/philox.hpp"

namespace cupel::fitting {

std::int64_t nearest_trained(const TrainingData& data, const std::string& context,
                             std::span<const double> profile) {
  const auto& training = data.training;
  const auto trains_there = [&](const models::Condition& condition) {
    return condition.context == context;
  };
  const bool elsewhere = std::ranges::none_of(training.conditions, trains_there);
  std::int64_t nearest = -1;
  double least = std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0; i < std::ssize(training.conditions); ++i) {
    const auto& condition = training.conditions[static_cast<std::size_t>(i)];
    if (!elsewhere && !trains_there(condition)) continue;
    const double* delta = training.delta.view().row(i);
    const double* control = training.control.view().row(control_row(training, condition.context));
    double distance = 0.0;
    for (std::size_t g = 0; g < profile.size(); ++g) {
      const double difference = control[g] + delta[g] - profile[g];
      distance += difference * difference;
    }
    if (nearest >= 0 && !(distance < least)) continue;
    nearest = i;
    least = distance;
  }
  return nearest;
}

Matrix<double> donor_cells(OpenScreens& screens, const TrainedCondition& donor, std::int64_t n,
                           std::uint64_t seed, std::uint64_t stream) {
  std::vector<Matrix<double>> batches;
  std::vector<const double*> cells;  // batch after batch, each by content
  for (const auto& batch : donor.batches) {
    const auto loaded = screens.files[static_cast<std::size_t>(batch.screen)]->read(batch.rows);
    std::vector<std::int64_t> order(batch.rows.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(
        order, {}, [&](std::int64_t row) { return loaded.row_key[static_cast<std::size_t>(row)]; });
    const auto& rows = batches.emplace_back(dense_rows(loaded.cells, order));
    for (std::int64_t i = 0; i < rows.rows(); ++i) cells.push_back(rows.view().row(i));
  }
  auto result = make_host_matrix<double>(n, std::ssize(screens.files.front()->genes()));
  std::uint32_t turn = 0;
  for (std::int64_t made = 0; made < n; ++turn) {
    auto order = cells;
    PhiloxStream random(seed, stream, turn);
    for (std::size_t last = order.size(); last-- > 1;) {
      std::swap(order[last], order[random.below(static_cast<std::uint32_t>(last + 1))]);
    }
    for (std::size_t i = 0; i < order.size() && made < n; ++i) {
      std::copy_n(order[i], result.cols(), result.view().row(made++));
    }
  }
  return result;
}

}  // namespace cupel::fitting
