#pragma once
#include <cmath>
#include <cstdint>

namespace cupel {

// Normalised absolute error of log2FC over a gate of genes: mean |a - b| / mean |scale|. A log2FC
// of `a` or `b` that is not finite reads 0 (a missing row is passed as 0); a gene whose `scale` is
// not finite is outside the gate.
class LfcNmae {
 public:
  static constexpr std::int64_t kLeastGenes = 10;  // smaller gates say too little

  void add(double scale, double a, double b) {
    if (!std::isfinite(scale)) return;
    ++n_genes_;
    difference_ += std::abs(or_zero(a) - or_zero(b));
    magnitude_ += std::abs(scale);
  }
  [[nodiscard]] std::int64_t n_genes() const noexcept { return n_genes_; }
  [[nodiscard]] bool defined() const noexcept {
    return n_genes_ >= kLeastGenes && magnitude_ > 0.0 && std::isfinite(magnitude_);
  }
  [[nodiscard]] double value() const noexcept {
    const auto n = static_cast<double>(n_genes_);
    return (difference_ / n) / (magnitude_ / n);
  }

 private:
  static double or_zero(double value) { return std::isfinite(value) ? value : 0.0; }

  std::int64_t n_genes_ = 0;
  double difference_ = 0.0;
  double magnitude_ = 0.0;
};

}  // namespace cupel
