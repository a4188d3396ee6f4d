#include "support/test_device.hpp"

#include <cstdlib>

#include "evaluate.hpp"
#include "support/backend_test.hpp"

namespace cupel::test {

std::string test_device() {
  const char* said = std::getenv("CUPEL_TEST_DEVICE");
  return said == nullptr ? "cpu" : said;
}

std::unique_ptr<Backend> make_test_backend() {
  return test_device() == "cuda_on_cpu" ? make_backend_on_cpu() : make_backend(test_device());
}

Report evaluate_on_test_device(const RunConfig& config, Console& console,
                               const EvaluateHooks& hooks) {
  const std::unique_ptr<Backend> backends[]{make_test_backend()};
  return evaluate_on(backends, config, console, hooks);
}

}  // namespace cupel::test
