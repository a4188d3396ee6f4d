// The scripts that run on other machines are read by their interpreters here.
#include <filesystem>

#include "support/cli.hpp"

namespace cupel::test {
namespace {

class Scripts : public Cli {
 protected:
  [[nodiscard]] ProgramResult shell(const std::string& command) const {
    return Program({"/bin/sh", "-c", command}, {.folder = source_path("")}).result();
  }
};

TEST_F(Scripts, AreWellFormed) {
  const bool python = shell("command -v python3").exit_code == 0;
  int seen = 0;
  for (const auto* place : {"scripts", "bench", "bench/peers", ".ci"}) {
    if (!std::filesystem::exists(source_path(place))) continue;
    for (const auto& entry : std::filesystem::directory_iterator(source_path(place))) {
      if (!entry.is_regular_file()) continue;
      const auto path = entry.path().string();
      const auto first_line = bytes_of_file(path).substr(0, 40);
      if (first_line.starts_with("#!/usr/bin/env bash") || path.ends_with(".sh")) {
        expect_done(shell("bash -n '" + path + "'"));
        ++seen;
      } else if (python &&
                 (first_line.starts_with("#!/usr/bin/env python3") || path.ends_with(".py"))) {
        expect_done(shell("python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' '" +
                          path + "'"));
        ++seen;
      }
    }
  }
  EXPECT_GE(seen, 7);
}

TEST_F(Scripts, ForAGpuSayWhenThereIsNoBuild) {
  if (shell("command -v python3").exit_code != 0) GTEST_SKIP() << "no Python here";
  const auto result = Program({source_path("scripts/gpu-bench"), "nowhere"}, here()).result();
  EXPECT_EQ(result.exit_code, 2) << ::testing::PrintToString(result);
  EXPECT_EQ(result.out, "* cupel: nowhere/cupel: No such file or directory\n");
}

}  // namespace
}  // namespace cupel::test
