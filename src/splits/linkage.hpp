#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace cupel::splits {

enum class Linkage : std::uint8_t { kAverage, kComplete, kSingle, kWard };
// Throws Error(kUsage) naming the known ones.
[[nodiscard]] Linkage parse_linkage(std::string_view name);

// Hierarchical clustering of points by Euclidean distance, cut into `clusters` clades: the two
// nearest clusters are merged until so many are left, the pair of lowest numbers where several are
// as near. Distance of clusters: the mean, greatest or least of their points' distances, or (ward)
// sqrt(2ab/(a+b)) times the distance of their means. Clusters are numbered by their first point.
[[nodiscard]] std::vector<std::int32_t> cut_clades(const std::vector<std::vector<double>>& points,
                                                   std::int32_t clusters, Linkage linkage);

}  // namespace cupel::splits
