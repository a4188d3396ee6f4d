#pragma once
#include <optional>
#include <span>
#include <string>

#include "cupel/report.hpp"

namespace cupel {

// Ends of the scale that were scored before: a file for each in a folder, named by a hash of
// everything that their numbers depend on. A file that cannot be read or written is as none.
class EndCache {
 public:
  // `folder`: "none" keeps nothing; empty: $XDG_CACHE_HOME/cupel or ~/.cache/cupel.
  EndCache(const std::string& folder, std::string key);

  // `metrics`: what the results are of, in order.
  [[nodiscard]] std::optional<ContextResult> baseline(const std::string& what,
                                                      std::span<const Metric* const> metrics,
                                                      NanInMean nan_in_mean) const;
  [[nodiscard]] std::optional<ReplicateResult> replicate(
      const std::string& what, std::span<const Metric* const> metrics) const;
  void keep(const std::string& what, const ContextResult& result) const;
  void keep(const std::string& what, const ReplicateResult& result) const;

 private:
  [[nodiscard]] std::string path_of(const std::string& what) const;

  std::string folder_;  // empty: keeps nothing
  std::string key_;
};

}  // namespace cupel
