#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "fitting/division.hpp"
#include "fitting/training_data.hpp"

// Real cells in place of made ones (A16, `donor`): those of the training condition whose profile is
// nearest to the predicted one. However real they look, they are a neighbour's.
namespace cupel::fitting {

// The training condition, by its number, with the smallest squared distance between its profile and
// this one: of the context asked for, and of others only where none trains there. The first of
// equals.
[[nodiscard]] std::int64_t nearest_trained(const TrainingData& data, const std::string& context,
                                           std::span<const double> profile);

// n cells × genes of a condition: all of its cells in an order drawn from (seed, stream) and their
// content alone, and again in new orders while more are wanted than there are.
[[nodiscard]] Matrix<double> donor_cells(OpenScreens& screens, const TrainedCondition& donor,
                                         std::int64_t n, std::uint64_t seed, std::uint64_t stream);

}  // namespace cupel::fitting
