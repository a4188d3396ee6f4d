// Which room may include which: the table of CONTRIBUTING.md, read off the sources.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "support/paths.hpp"

namespace cupel {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = test::source_path("");

// Room -> rooms whose headers it may include, beside its own and include/cupel.
const std::map<std::string, std::set<std::string>> kAllowed{
    {"include", {}},
    {"text", {}},
    {"log", {}},
    {"version", {}},
    {"parallel", {}},
    {"random", {}},
    {"backend", {"cpu", "kernels"}},
    {"kernels", {}},
    {"cpu", {"linalg", "parallel"}},
    {"conditions", {"text"}},
    {"splits", {"conditions", "random", "text"}},
    {"config", {"splits", "text"}},
    {"io", {"parallel", "data", "text"}},
    {"data", {"parallel", "text"}},
    {"stats", {"data", "parallel", "text", "log", "random"}},
    {"metrics", {"quality", "stats", "parallel", "text"}},
    {"scale", {"stats"}},
    {"uncertainty", {"parallel", "random", "stats", "text"}},
    {"quality", {"data", "stats", "parallel", "uncertainty", "text"}},
    {"baselines", {"data", "parallel", "random", "stats"}},
    {"linalg", {"parallel"}},
    {"models", {"linalg", "parallel", "quality", "random", "text"}},
    {"sweep", {"linalg", "models", "parallel", "random", "text"}},
    {"simulate", {"io", "parallel", "text", "random"}},
    {"fitting",
     {"conditions", "data", "io", "log", "models", "parallel", "quality", "random", "splits",
      "stats", "text"}},
    {"sweeping",
     {"conditions", "fitting", "io", "log", "report", "splits", "sweep", "text", "version"}},
    {"report",
     {"conditions", "config", "data", "io", "models", "parallel", "quality", "splits", "stats",
      "sweep", "text", "uncertainty", "version"}},
    {"engine",  // src/*.cpp: the jobs
     {"conditions", "config", "data", "evaluate", "evaluation", "fitting", "io", "log", "models",
      "open_devices", "parallel", "report", "splits", "stats", "sweep", "sweep_job", "sweeping",
      "text", "version"}},
    {"evaluation",
     {"baselines", "config", "data", "io", "log", "parallel", "quality", "random", "report",
      "scale", "stats", "text", "uncertainty", "version"}},
    {"cli",
     {"conditions", "config", "data", "io", "log", "models", "parallel", "report", "simulate",
      "splits", "stats", "text", "version"}},
};

// Header prefix -> the one room that is its door.
const std::map<std::string, std::set<std::string>> kDoors{
    {"hdf5", {"io"}},         {"libdeflate", {"io"}},   {"CLI/", {"cli"}},
    {"toml++", {"config"}},   {"nlohmann", {"report"}}, {"oneapi/tbb", {"parallel"}},
    {"tbb/", {"parallel"}},   {"cblas", {"linalg"}},    {"openblas", {"linalg"}},
    {"lapacke", {"linalg"}},  {"hwy/", {"cpu"}},        {"cu", {"kernels"}},
    {"thrust/", {"kernels"}}, {"dlfcn", {"kernels"}},
};

std::string room_of(const fs::path& file) {
  const auto relative = fs::relative(file, kRoot);
  auto part = relative.begin();
  if (*part == "include" || *part == "kernels") return *part;
  ++part;
  if (std::next(part) != relative.end()) return *part;
  const auto stem = file.stem().string();
  if (stem == "text" || stem == "log") return stem;
  return stem == "error" || stem == "buffer" ? "include" : "engine";
}

std::vector<fs::path> sources() {
  std::vector<fs::path> files;
  for (const auto* folder : {"include", "src", "kernels"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const auto extension = entry.path().extension();
      if (extension == ".hpp" || extension == ".cpp" || extension == ".cu") {
        files.push_back(entry.path());
      }
    }
  }
  return files;
}

struct Include {
  std::string header;
  bool quoted;
};

std::vector<Include> includes_of(const fs::path& file) {
  std::vector<Include> found;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with("#include ")) continue;
    const char open = line[9];
    const auto end = line.find(open == '<' ? '>' : '"', 10);
    if (end != std::string::npos) found.push_back({line.substr(10, end - 10), open == '"'});
  }
  return found;
}

TEST(Includes, StayWithinTheRoomsThatMaySeeEachOther) {
  for (const auto& file : sources()) {
    const auto room = room_of(file);
    ASSERT_TRUE(kAllowed.contains(room)) << file << ": no rule for room " << room;
    for (const auto& include : includes_of(file)) {
      if (!include.quoted || include.header.starts_with("cupel/")) continue;
      const fs::path header(include.header);
      if (room == "kernels") {  // a folder without folders, whose headers go by their bare names
        EXPECT_TRUE(fs::exists(kRoot / "kernels" / header))
            << fs::relative(file, kRoot) << " includes " << include.header;
        continue;
      }
      const auto target = std::next(header.begin()) == header.end() ? header.stem().string()
                                                                    : header.begin()->string();
      EXPECT_TRUE(target == room || kAllowed.at(room).contains(target))
          << fs::relative(file, kRoot) << " (" << room << ") includes " << include.header;
    }
  }
}

TEST(Includes, UseEachThirdPartyLibraryThroughItsOneDoor) {
  for (const auto& file : sources()) {
    const auto room = room_of(file);
    for (const auto& include : includes_of(file)) {
      for (const auto& [prefix, doors] : kDoors) {
        if (include.quoted || !include.header.starts_with(prefix)) continue;
        EXPECT_TRUE(doors.contains(room))
            << fs::relative(file, kRoot) << " includes <" << include.header << ">";
      }
    }
  }
}

TEST(Includes, SeeOfTheKernelsOnlyTheirInterface) {
  for (const auto& file : sources()) {
    for (const auto& include : includes_of(file)) {
      if (!include.header.starts_with("kernels/")) continue;
      EXPECT_EQ(include.header, "kernels/make_cuda_backend.hpp") << fs::relative(file, kRoot);
    }
  }
  for (const auto& include : includes_of(kRoot / "kernels/make_cuda_backend.hpp")) {
    EXPECT_TRUE(!include.quoted || include.header.starts_with("cupel/")) << include.header;
    EXPECT_FALSE(!include.quoted && include.header.starts_with("cu")) << include.header;
  }
}

TEST(Includes, OfPublicHeadersAreTheStandardLibraryAlone) {
  for (const auto& file : sources()) {
    if (room_of(file) != "include" || file.extension() != ".hpp") continue;
    for (const auto& include : includes_of(file)) {
      EXPECT_TRUE(include.quoted ? include.header.starts_with("cupel/")
                                 : include.header.find_first_of("./") == std::string::npos)
          << fs::relative(file, kRoot) << " includes " << include.header;
    }
  }
}

}  // namespace
}  // namespace cupel
