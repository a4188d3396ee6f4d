// Every file under configs/ is runnable as it stands.
#include <gtest/gtest.h>

#include <filesystem>

#include "config/profile.hpp"
#include "config/run_file.hpp"
#include "support/paths.hpp"

namespace cupel {
namespace {

namespace fs = std::filesystem;
const fs::path kConfigs = test::source_path("configs");

TEST(Configs, RunFilesAreRead) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(kConfigs)) {
    if (entry.path().extension() != ".toml") continue;
    RunConfig config;
    EXPECT_NO_THROW(read_run_file(entry.path(), config)) << entry.path();
    EXPECT_FALSE(config.real.empty()) << entry.path();
    EXPECT_NO_THROW((void)load_profile(config.profile)) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 0);
}

TEST(Configs, ProfilesOnDiskAreTheOnesInTheBinary) {
  for (const auto& entry : fs::directory_iterator(kConfigs / "profiles")) {
    const auto on_disk = load_profile(entry.path());
    const auto built_in = load_profile(entry.path().stem());
    EXPECT_EQ(on_disk.metrics, built_in.metrics) << entry.path();
    EXPECT_EQ(resolved_settings(on_disk.conventions), resolved_settings(built_in.conventions));
  }
}

}  // namespace
}  // namespace cupel
