#pragma once
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cupel/metric.hpp"
#include "stats/de_comparison.hpp"

namespace cupel::test {

struct DeRow {
  std::string target, feature;
  double log2_fold_change = 0.0;
  double p_value = std::numeric_limits<double>::quiet_NaN();
  double p_adj = 1.0;
};

// Targets sorted, features in the order given; what no row names is absent.
DeTable make_table(const std::vector<std::string>& targets,
                   const std::vector<std::string>& features, const std::vector<DeRow>& rows);

// A comparison with everything it must outlive, and the metrics' view of it.
class DeCase {
 public:
  // The own gene of a target is the feature that `gene_of` names, else the one of the same name.
  DeCase(DeTable real, DeTable pred, Conventions conventions = {},
         const std::map<std::string, std::string>& gene_of = {});
  DeCase(const DeCase&) = delete;
  DeCase& operator=(const DeCase&) = delete;

  [[nodiscard]] const DeComparison& comparison() const { return comparison_; }
  [[nodiscard]] Case as_case() const;
  // The metric's scores as they come, and as the fill rule of the conventions leaves them.
  [[nodiscard]] std::vector<Score> raw(const std::string& metric) const;
  [[nodiscard]] std::vector<Score> scores(const std::string& metric) const;
  [[nodiscard]] const std::vector<std::string>& targets() const { return real_.targets; }

 private:
  DeTable real_;
  DeTable pred_;
  Conventions conventions_;
  std::vector<std::int32_t> own_gene_;
  std::unique_ptr<Backend> backend_;
  DeComparison comparison_;
};

// One perturbation "p" over genes g0, g1, ...: the values given are the two sides' columns.
struct DeColumns {
  std::vector<double> log2_fold_change;
  std::vector<double> p_adj;
};
DeTable one_target(const DeColumns& columns);

}  // namespace cupel::test
