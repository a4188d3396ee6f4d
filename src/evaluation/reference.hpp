#pragma once
#include <cstdint>
#include <vector>

#include "evaluation/plan.hpp"

// The measured side of one context: what any number of predictions are judged against.
namespace cupel {

// What is in host memory, for all backends.
struct RealTables {
  const Grouping* grouping = nullptr;
  const Conventions* conventions = nullptr;  // the real side's
  DeTable de;
  std::vector<double> correction;
  std::vector<std::int32_t> own_gene;         // column among all genes
  std::vector<std::int32_t> own_tested_gene;  // column among tested genes
  std::vector<double> energy;                 // distance from the control, where asked for
  std::uint64_t fingerprint = 0;              // of the cells, in whatever order they lie
  std::uint64_t order = 0;                    // and of that order
  Matrix<double> weights;                     // of genes; empty when no metric needs them
  const ContextTruth* truth = nullptr;        // null when strata are not asked for
};

// The rest of it, in one backend's space. Both together judge any number of predictions.
struct RealProfiles {
  ControlSummary control;
  Matrix<double> bulk;
  Matrix<double> delta;
};

// Reads the real side of `grouping` and adds what it saw to the side's record.
[[nodiscard]] RealProfiles summarise_real(const Method& method, Source& real,
                                          const Grouping& grouping, Backend& backend,
                                          Console& console, RealTables& tables);

// The same on another backend. The control is read again, because what it is ranked by stays where
// it was made; `bulk` is a copy of the first backend's in host memory.
[[nodiscard]] RealProfiles copy_real(const Method& method, const Source& real,
                                     const Grouping& grouping, const Matrix<double>& bulk,
                                     Backend& backend, Console& console);

[[nodiscard]] Matrix<double> on_host(const Matrix<double>& matrix, Backend& backend);

}  // namespace cupel
