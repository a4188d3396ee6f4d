#include "stats/split_halves.hpp"

namespace cupel {

Halves split_halves(const RowsOfGroups& groups, NumpyRandom& random) {
  Halves halves;
  for (auto rows : groups) {
    const auto half = static_cast<std::ptrdiff_t>(rows.size() / 2);
    if (half > 0) random.permute(rows);
    halves.a.emplace_back(rows.begin(), rows.begin() + half);
    halves.b.emplace_back(rows.begin() + half, rows.begin() + 2 * half);
  }
  return halves;
}

Halves bootstrap_halves(const RowsOfGroups& groups, NumpyRandom& random) {
  Halves halves;
  for (const auto& rows : groups) {
    const auto draw = [&] {
      std::vector<std::int64_t> drawn;
      for (std::size_t i = 0; i < rows.size(); ++i)
        drawn.push_back(rows[random.below(rows.size())]);
      return drawn;
    };
    halves.a.push_back(draw());
    halves.b.push_back(draw());
  }
  return halves;
}

}  // namespace cupel
