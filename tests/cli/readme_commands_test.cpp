// The commands that the README shows on real data run as they are written there.
#include <sstream>

#include "support/cli.hpp"
#include "support/data_files.hpp"
#include "support/paths.hpp"

namespace cupel::test {
namespace {

class ReadmeCommands : public Cli {};

// The indented lines of one section, each block after a blank line.
std::string commands_of(const std::string& section) {
  std::istringstream readme(bytes_of_file(source_path("README.md")));
  std::string commands;
  bool inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("## ")) inside = line == "## " + section;
    if (inside && line.starts_with("    ")) commands += line.substr(4) + "\n";
  }
  return commands;
}

TEST_F(ReadmeCommands, OnRealDataWork) {
  CUPEL_SKIP_WITHOUT_DATA();
  const auto commands = commands_of("On real data");
  ASSERT_NE(commands.find("cupel score"), std::string::npos);
  for (const auto* name : {"norman19_mcfaline23.h5ad", "datlinger21_cropseq_counts.h5ad"}) {
    std::filesystem::create_symlink(data_file(std::string("real/") + name), folder.file(name));
  }
  std::filesystem::create_directory(folder.file("bin"));
  std::filesystem::create_symlink(cupel_binary(), folder.file("bin/cupel"));
  write("commands.sh", "set -eu\nPATH=$PWD/bin:$PATH\n" + commands);
  const auto result = Program({"/bin/sh", "commands.sh"}, here()).result();
  expect_done(result);
  EXPECT_NE(result.out.find("values are means over 4 contexts"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("values are means over 2 contexts"), std::string::npos) << result.out;
}

}  // namespace
}  // namespace cupel::test
