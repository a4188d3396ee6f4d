// Every op is there once per backend, under the same file name, and is tested.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>

#include "support/paths.hpp"

namespace cupel::test {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Op -> stem of the file of `folder` that defines it, read off lines such as
// "Matrix<double> CpuBackend::row_totals(CellsView cells, ...".
std::map<std::string, std::string> definitions(const std::string& folder, const std::string& of) {
  const std::regex definition("[ >]" + of + "::([a-z][a-z0-9_]*)\\(");
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::directory_iterator(source_path(folder))) {
    const auto text = text_of(entry.path());
    for (std::sregex_iterator at(text.begin(), text.end(), definition), end; at != end; ++at) {
      const bool is_header = entry.path().extension() == ".hpp";
      if (!is_header) found.emplace((*at)[1].str(), entry.path().stem().string());
    }
  }
  return found;
}

TEST(Ops, HaveTheSameFileInBothBackends) {
  const auto cpu = definitions("src/cpu", "CpuBackend");
  const auto cuda = definitions("kernels", "CudaBackend");
  EXPECT_GT(cpu.size(), 15U);
  for (const auto& [op, stem] : cpu) {
    const auto twin = cuda.find(op);
    ASSERT_NE(twin, cuda.end()) << op << " is in src/cpu/" << stem << ".cpp and not in kernels/";
    EXPECT_EQ(twin->second, stem) << op;
  }
}

TEST(Ops, AreEachCalledByATestOfOps) {
  std::string tests;
  for (const auto& entry : fs::directory_iterator(source_path("tests/ops"))) {
    tests += text_of(entry.path());
  }
  for (const auto* shared : {"tests/support/matrices.hpp"}) tests += text_of(source_path(shared));
  for (const auto& [op, stem] : definitions("src/cpu", "CpuBackend")) {
    EXPECT_TRUE(std::regex_search(tests, std::regex("(\\.|->)" + op + "\\("))) << op;
  }
}

}  // namespace
}  // namespace cupel::test
