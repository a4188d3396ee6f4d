#include "io/output_file.hpp"

#include <gtest/gtest.h>

#include "cupel/error.hpp"
#include "io/output_folder.hpp"
#include "support/memory_screen.hpp"
#include "support/scratch_folder.hpp"

namespace cupel::io {
namespace {

using test::bytes_of_file;
using test::error_of;
using test::ScratchFolder;
using Names = std::set<std::string>;

TEST(OutputFile, AppearsWithAllItsTextAtTheCommit) {
  const ScratchFolder folder;
  OutputFile file(folder.file("a.csv"));
  file.write("one,");
  file.write("two\n");
  EXPECT_FALSE(folder.names().contains("a.csv"));
  EXPECT_EQ(folder.names().size(), 1U);
  file.commit();
  EXPECT_EQ(folder.names(), Names{"a.csv"});
  EXPECT_EQ(bytes_of_file(folder.file("a.csv")), "one,two\n");
}

TEST(OutputFile, LeavesNothingWhenItIsAbandoned) {
  const ScratchFolder folder;
  { OutputFile(folder.file("a.csv")).write("half"); }
  EXPECT_EQ(folder.names(), Names{});
}

TEST(OutputFile, KeepsWhatWasThereUntilTheCommit) {
  const ScratchFolder folder;
  {
    OutputFile first(folder.file("a.csv"));
    first.write("old");
    first.commit();
  }
  {
    OutputFile second(folder.file("a.csv"));
    second.write("new");
  }
  EXPECT_EQ(bytes_of_file(folder.file("a.csv")), "old");
}

TEST(OutputFile, NamesThePlaceItCannotWriteTo) {
  const ScratchFolder folder;
  const auto path = folder.file("no/a.csv");
  EXPECT_EQ(error_of([&] { const OutputFile file(path); }),
            path + ": cannot write: No such file or directory; free space or write somewhere else");
  EXPECT_EQ(error_of([] { OutputFile("/dev/full/a"); }).substr(0, 24), "/dev/full/a: cannot writ");
}

TEST(OutputFile, LeavesNothingWhenItsNameIsTaken) {
  const ScratchFolder folder;
  std::filesystem::create_directories(folder.file("a.csv/inside"));
  OutputFile file(folder.file("a.csv"));
  EXPECT_NE(error_of([&] { file.commit(); }), "");
  EXPECT_EQ(folder.names(), Names{"a.csv"});
}

TEST(CheckOutputFile, RefusesWhatIsThereUnlessForced) {
  const ScratchFolder folder;
  const auto path = folder.file("a.h5ad");
  check_output_file(path, false);
  EXPECT_EQ(folder.names(), Names{});
  std::ofstream(path) << "mine";
  EXPECT_EQ(error_of([&] { check_output_file(path, false); }, ErrorKind::kUsage),
            path + " exists; add --force to replace it");
  check_output_file(path, true);
  EXPECT_EQ(bytes_of_file(path), "mine");
  EXPECT_EQ(error_of([&] { check_output_file(folder.path(), true); }, ErrorKind::kUsage),
            folder.path() + " is a folder; give a file to -o");
}

TEST(OutputFolder, GoesAgainWithTheParentsMadeForItWhileEmpty) {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder.file("mine"));
  {
    const OutputFolder made(folder.file("mine/a/b/"));
    EXPECT_TRUE(std::filesystem::is_directory(folder.file("mine/a/b")));
  }
  EXPECT_EQ(folder.names(), Names{"mine"});
  EXPECT_TRUE(std::filesystem::is_empty(folder.file("mine")));
}

TEST(OutputFolder, StaysOnceItHoldsSomething) {
  const ScratchFolder folder;
  {
    const OutputFolder made(folder.file("a/b"));
    std::ofstream(folder.file("a/b/result")) << "42";
  }
  EXPECT_TRUE(std::filesystem::exists(folder.file("a/b/result")));
}

TEST(OutputFolder, StaysIfItWasThereBefore) {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder.file("mine"));
  { const OutputFolder same(folder.file("mine")); }
  EXPECT_EQ(folder.names(), Names{"mine"});
}

TEST(OutputFolder, SaysWhenAFileIsInItsWay) {
  const ScratchFolder folder;
  std::ofstream(folder.file("a")) << "mine";
  EXPECT_NE(error_of([&] { const OutputFolder made(folder.file("a")); }), "");
  EXPECT_NE(error_of([&] { const OutputFolder made(folder.file("a/b")); }), "");
  EXPECT_EQ(folder.names(), Names{"a"});
}

}  // namespace
}  // namespace cupel::io
