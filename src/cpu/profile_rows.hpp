#pragma once
#include <vector>

#include "cupel/math/profile_rows.hpp"
#include "cupel/matrix.hpp"

namespace cupel {

// Profiles × genes, with the facts of each profile.
struct ProfileRows {
  explicit ProfileRows(MatrixView<const double> view);
  [[nodiscard]] math::Profiles view() const { return {values, rows.data()}; }

  MatrixView<const double> values;
  std::vector<math::ProfileRow> rows;
};

}  // namespace cupel
