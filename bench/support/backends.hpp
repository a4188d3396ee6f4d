#pragma once
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/error.hpp"

namespace cupel::bench {

// "cpu", and "cuda" where this build has it and there is a device.
inline const std::vector<std::string>& backends() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found{"cpu"};
    if (!has_cuda()) return found;
    try {
      if (make_backend("cuda") != nullptr) found.emplace_back("cuda");
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kDevice) throw;
    }
    return found;
  }();
  return names;
}

// Returns when the device has done all it was given: a download waits for what came before it.
inline void finish(Backend& backend, const Matrix<double>& probe) {
  double value = 0.0;
  backend.download({probe.view().data, 1, 1, probe.space()}, std::span(&value, 1));
  benchmark::DoNotOptimize(value);
}

}  // namespace cupel::bench
