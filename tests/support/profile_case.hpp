#pragma once
#include <string>
#include <vector>

#include "cupel/metric.hpp"
#include "support/matrices.hpp"

namespace cupel::test {

// Profiles of both sides in a backend, and the metrics' view of them.
class ProfileCase {
 public:
  struct Input {
    std::vector<std::string> perturbations;
    Dense real;  // perturbations × genes
    Dense pred;
    Dense real_control;                  // 1 × genes
    Dense pred_control;                  // empty: the real one
    std::vector<std::int32_t> own_gene;  // a column or -1 each
    double bulk_total = 5e4;
    std::vector<double> real_correction;
    std::vector<double> pred_correction;
    double control_correction = 0.0;
    std::vector<double> real_energy;
    std::vector<double> pred_energy;
    Dense weights;  // of genes; empty: all the same
    Conventions conventions;
  };

  ProfileCase(Backend& backend, Input input);

  [[nodiscard]] Case as_case() const;
  // The metric's scores as they come, and as the fill rule of the conventions leaves them.
  [[nodiscard]] std::vector<Score> raw(const std::string& metric) const;
  [[nodiscard]] std::vector<Score> scores(const std::string& metric) const;

 private:
  Backend& backend_;
  Input input_;
  Matrix<double> real_bulk_;
  Matrix<double> pred_bulk_;
  Matrix<double> control_;
  Matrix<double> real_delta_;
  Matrix<double> pred_delta_;
};

}  // namespace cupel::test
