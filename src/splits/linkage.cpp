#include "splits/linkage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cupel/error.hpp"

namespace cupel::splits {
namespace {

constexpr std::array<std::string_view, 4> kLinkageNames = {"average", "complete", "single", "ward"};

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

// Lance and Williams: the distance of c to the union of a and b, of so many points each.
double merged(Linkage linkage, double ac, double bc, double ab, double a, double b, double c) {
  switch (linkage) {
    case Linkage::kAverage:
      return (a * ac + b * bc) / (a + b);
    case Linkage::kComplete:
      return std::max(ac, bc);
    case Linkage::kSingle:
      return std::min(ac, bc);
    case Linkage::kWard:
      break;
  }
  const double squared = ((a + c) * ac * ac + (b + c) * bc * bc - c * ab * ab) / (a + b + c);
  return std::sqrt(std::max(squared, 0.0));
}

}  // namespace

Linkage parse_linkage(std::string_view name) {
  const auto* const found = std::ranges::find(kLinkageNames, name);
  if (found == kLinkageNames.end()) {
    throw Error(ErrorKind::kUsage, fmt::format("no linkage named '{}'; known: {}", name,
                                               fmt::join(kLinkageNames, ", ")));
  }
  return static_cast<Linkage>(found - kLinkageNames.begin());
}

std::vector<std::int32_t> cut_clades(const std::vector<std::vector<double>>& points,
                                     std::int32_t clusters, Linkage linkage) {
  const auto n = points.size();
  std::vector<std::vector<double>> apart(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) apart[i][j] = apart[j][i] = distance(points[i], points[j]);
  }
  std::vector<std::size_t> of(n);  // the first point of each point's cluster
  std::vector<std::size_t> alive;
  std::vector<double> size(n, 1.0);
  for (std::size_t i = 0; i < n; ++i) {
    of[i] = i;
    alive.push_back(i);
  }
  while (alive.size() > static_cast<std::size_t>(std::max(clusters, 1))) {
    std::size_t a = alive[0];
    std::size_t b = alive[1];
    for (std::size_t x = 0; x < alive.size(); ++x) {
      for (std::size_t y = x + 1; y < alive.size(); ++y) {
        if (apart[alive[x]][alive[y]] < apart[a][b]) {
          a = alive[x];
          b = alive[y];
        }
      }
    }
    for (const auto c : alive) {
      if (c == a || c == b) continue;
      apart[a][c] = apart[c][a] =
          merged(linkage, apart[a][c], apart[b][c], apart[a][b], size[a], size[b], size[c]);
    }
    size[a] += size[b];
    for (auto& cluster : of) {
      if (cluster == b) cluster = a;
    }
    std::erase(alive, b);
  }
  std::vector<std::int32_t> numbers(n);
  for (std::size_t i = 0; i < n; ++i) {
    numbers[i] = static_cast<std::int32_t>(std::ranges::find(alive, of[i]) - alive.begin());
  }
  return numbers;
}

}  // namespace cupel::splits
