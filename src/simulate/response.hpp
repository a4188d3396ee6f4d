#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "simulate/truth.hpp"

namespace cupel::simulate {

// What the perturbed cells of one file follow: a profile per context that is common to all
// perturbations, and effects of each upon it.
struct Response {
  std::vector<std::vector<double>> common;   // contexts × genes
  std::vector<std::vector<Effect>> effects;  // as Truth::effects, or empty: none
};

[[nodiscard]] Response true_response(const Truth& truth);
// 7 of 10 perturbations answered with effects that are weakened and blurred, the others with those
// of another perturbation.
[[nodiscard]] Response noisy_response(const Truth& truth, std::uint64_t seed);
// Every perturbation answered with the mean of all perturbed profiles.
[[nodiscard]] Response mean_response(const Truth& truth);
// Every perturbation answered with the control.
[[nodiscard]] Response no_response(const Truth& truth);

inline constexpr std::int32_t kControl = -1;

// Expected share of each gene in a cell's counts; sums to 1.
void expected_profile(const Truth& truth, const Response& response, std::int32_t context,
                      std::int32_t perturbation, std::span<double> profile);

// A permutation of 0 ... n - 1 that leaves nothing in place (n > 1).
[[nodiscard]] std::vector<std::int32_t> draw_derangement(std::int32_t n, std::uint64_t key);

}  // namespace cupel::simulate
