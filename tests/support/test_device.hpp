#pragma once
#include <memory>
#include <string>

#include "cupel/backend.hpp"
#include "cupel/config.hpp"
#include "cupel/evaluate.hpp"

// Where tests compute that are not about a device: hand-worked vectors, recorded runs, metrics. The
// CPU, or what CUPEL_TEST_DEVICE names: "cuda" on a machine with a GPU, "cuda_on_cpu".
namespace cupel::test {

[[nodiscard]] std::string test_device();
[[nodiscard]] std::unique_ptr<Backend> make_test_backend();
[[nodiscard]] Report evaluate_on_test_device(const RunConfig& config, Console& console,
                                             const EvaluateHooks& hooks);

}  // namespace cupel::test
