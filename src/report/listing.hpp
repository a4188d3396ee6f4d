#pragma once
#include <string>

namespace cupel {

// What `cupel list` prints.
[[nodiscard]] std::string metrics_text();
[[nodiscard]] std::string metrics_json();
[[nodiscard]] std::string profiles_text();
[[nodiscard]] std::string profiles_json();
[[nodiscard]] std::string baselines_text();
[[nodiscard]] std::string baselines_json();
[[nodiscard]] std::string splits_text();
[[nodiscard]] std::string splits_json();

}  // namespace cupel
