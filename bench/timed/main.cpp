// Runs one job again and again on input that stays in place, once per line "run" on stdin, and says
// how long each took: a comparison can then take turns with another program that does the same.
//   cupel_timed THREADS read|rank-test|pds|ridge|bilinear|forest ARGUMENTS...
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>

#include "jobs.hpp"
#include "parallel/parallel.hpp"

namespace cupel::bench {

void write_raw(const std::string& path, const void* data, std::size_t bytes) {
  std::ofstream(path, std::ios::binary)
      .write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
}

void write_lines(const std::string& path, const std::vector<std::string>& lines) {
  std::ofstream file(path);
  for (const auto& line : lines) file << line << '\n';
}

namespace {

int serve(const Arguments& arguments) {
  using Maker = std::unique_ptr<Job> (*)(const Arguments&);
  const std::map<std::string, Maker> makers{
      {"read", make_read_job},   {"rank-test", make_rank_test_job}, {"pds", make_pds_job},
      {"ridge", make_ridge_job}, {"bilinear", make_bilinear_job},   {"forest", make_forest_job}};
  const auto maker = arguments.size() < 2 ? makers.end() : makers.find(arguments[1]);
  if (maker == makers.end()) {
    fmt::print(stderr,
               "cupel_timed THREADS read|rank-test|pds|ridge|bilinear|forest ARGUMENTS...\n");
    return 2;
  }
  const ThreadLimit limit(std::stoi(arguments[0]));
  const auto job = maker->second({arguments.begin() + 2, arguments.end()});
  const auto answer = [](const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  };
  answer(fmt::format("{{{}}}", job->describe()));
  for (std::string line; std::getline(std::cin, line);) {
    if (line.starts_with("save ")) {
      job->save(line.substr(5));
      answer("{}");
      continue;
    }
    job->reset();
    const auto begin = std::chrono::steady_clock::now();
    job->run();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    answer(fmt::format("{{\"seconds\": {}}}", seconds.count()));
  }
  return 0;
}

}  // namespace
}  // namespace cupel::bench

int main(int argc, char** argv) {
  try {
    return cupel::bench::serve({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
