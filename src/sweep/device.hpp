#pragma once
#include <mutex>
#include <span>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/math/effect_scores.hpp"
#include "linalg/algebra.hpp"

namespace cupel::sweep {

// Where a sweep computes. Takes and gives host memory, whatever the backend's own. May be asked
// from several threads: the CPU answers all at once, a GPU one after the other.
class Device final : public Algebra {
 public:
  explicit Device(Backend& backend) : backend_(&backend) {}  // which must outlive it

  [[nodiscard]] Matrix<double> multiply(MatrixView<const double> a,
                                        MatrixView<const double> b) const override;
  [[nodiscard]] Matrix<double> multiply_transposed(MatrixView<const double> a,
                                                   MatrixView<const double> b) const override;
  [[nodiscard]] Matrix<double> transposed_multiply(MatrixView<const double> a,
                                                   MatrixView<const double> b) const override;
  [[nodiscard]] Matrix<double> gram(MatrixView<const double> a) const override;
  [[nodiscard]] SymmetricEigen symmetric_eigen(MatrixView<const double> matrix) const override;

  // Backend::score_penalties of a path in host memory: penalties × rows.
  [[nodiscard]] std::vector<math::EffectScores> score_penalties(
      const PenaltyPath& path, std::span<const double> penalties) const;

 private:
  [[nodiscard]] bool is_here() const { return backend_->space() == Space::kHost; }

  Backend* backend_;
  mutable std::mutex turn_;
};

}  // namespace cupel::sweep
