#pragma once
#include <benchmark/benchmark.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/error.hpp"
#include "parallel/parallel.hpp"

namespace cupel::bench {

// "cpu", and "cuda" where this build has it and this machine a device.
inline std::vector<std::string> backend_names() {
  std::vector<std::string> names{"cpu"};
  if (!has_cuda()) return names;
  try {
    static_cast<void>(make_backend("cuda"));
    names.emplace_back("cuda");
  } catch (const Error&) {  // no device
  }
  return names;
}

// Waits until the backend has done all that was asked of it: a copy out comes after it.
inline void finish(Backend& backend) {
  auto one = make_host_matrix<double>(1, 1);
  one.view()(0, 0) = 0.0;
  const auto there = backend.upload(one.view());
  std::array<double, 1> back{};
  backend.download(there.view(), back);
  benchmark::DoNotOptimize(back);
}

// Registers `run(state, backend's name)` for every backend, on the CPU with one and two threads.
inline void on_every_backend(
    const std::string& name,
    const std::function<void(benchmark::State&, const std::string&)>& run) {
  for (const auto& backend : backend_names()) {
    const bool cpu = backend == "cpu";
    auto* made = benchmark::RegisterBenchmark(
        (cpu ? name : name + '/' + backend).c_str(), [run, backend](benchmark::State& state) {
          const ThreadLimit limit(backend == "cpu" ? static_cast<int>(state.range(0)) : 0);
          run(state, backend);
        });
    made->UseRealTime()->Unit(benchmark::kMillisecond)->Arg(1);
    if (cpu) made->Arg(2);
  }
}

}  // namespace cupel::bench
