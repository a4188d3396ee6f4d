#pragma once
#include <nlohmann/json.hpp>

namespace cupel {

using Json = nlohmann::ordered_json;  // keeps the order in which keys are given

}  // namespace cupel
