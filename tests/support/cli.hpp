#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "support/csv_rows.hpp"
#include "support/paths.hpp"
#include "support/program.hpp"
#include "support/scratch_folder.hpp"

namespace cupel::test {

// A test that runs the real program in a folder of its own.
class Cli : public ::testing::Test {
 protected:
  [[nodiscard]] ProgramOptions here() const { return {.folder = folder.path()}; }

  [[nodiscard]] ProgramResult cupel(const std::vector<std::string>& arguments) const {
    return cupel(arguments, here());
  }
  [[nodiscard]] ProgramResult cupel(const std::vector<std::string>& arguments,
                                    const ProgramOptions& options) const {
    std::vector<std::string> command{cupel_binary()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return Program(command, options).result();
  }

  // Done, or a refusal of this kind with one line that holds `words`.
  void expect_done(const ProgramResult& result) const {
    EXPECT_EQ(result.exit_code, 0) << ::testing::PrintToString(result);
  }
  void expect_refused(const ProgramResult& result, int exit_code, const std::string& words) const {
    ASSERT_EQ(result.exit_code, exit_code) << ::testing::PrintToString(result);
    EXPECT_TRUE(result.out.empty()) << ::testing::PrintToString(result);
    // Warnings may come first; the refusal is the last line.
    const auto before = result.err.rfind('\n', result.err.size() - 2);
    const auto last = result.err.substr(before == std::string::npos ? 0 : before + 1);
    EXPECT_TRUE(last.starts_with("error: ") && last.ends_with('\n')) << result.err;
    EXPECT_NE(last.find(words), std::string::npos)
        << "no '" << words << "' in " << ::testing::PrintToString(result);
  }

  // Every file and folder of the test's folder, by its path from there; folders end in '/'.
  [[nodiscard]] std::set<std::string> everything() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
      const auto name = std::filesystem::relative(entry.path(), folder.path()).string();
      names.insert(entry.is_directory() ? name + "/" : name);
    }
    return names;
  }
  [[nodiscard]] std::string text(const std::string& name) const {
    return bytes_of_file(folder.file(name));
  }
  [[nodiscard]] std::vector<std::vector<std::string>> csv(const std::string& name) const {
    return csv_rows(text(name));
  }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(folder.file(name), std::ios::binary) << content;
  }

  const ScratchFolder folder;
};

}  // namespace cupel::test
