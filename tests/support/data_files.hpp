#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support/paths.hpp"

namespace cupel::test {

// Real files beside the repository; not part of it.
inline std::filesystem::path data_file(const std::string& name) {
  return std::filesystem::path(source_path("")).parent_path() / "shared" / "data" / name;
}

inline bool has_data_files() { return std::filesystem::is_directory(data_file("layouts")); }

#define CUPEL_SKIP_WITHOUT_DATA()                                        \
  if (!cupel::test::has_data_files()) {                                  \
    GTEST_SKIP() << "no folder " << cupel::test::data_file("").string(); \
  }

}  // namespace cupel::test
