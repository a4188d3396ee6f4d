// A run that is stopped: what was finished stays, what was not is gone.
#include <signal.h>

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "support/cli.hpp"
#include "support/paths.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

class Interruption : public Cli, public ::testing::WithParamInterface<int> {
 protected:
  // Starts the program, stops it with the test's signal once `now` is true.
  ProgramResult stopped(std::vector<std::string> arguments,
                        const std::function<bool()>& now) const {
    arguments.insert(arguments.begin(), cupel_binary());
    Program program(arguments, here());
    for (int i = 0; i < 5000 && !now(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ::kill(program.id(), GetParam());
    return program.result();
  }
  [[nodiscard]] bool any_unfinished() const {
    return std::ranges::any_of(everything(), [](const std::string& name) {
      return name.find(".tmp-") != std::string::npos;
    });
  }
};

TEST_P(Interruption, OfASimulationTakesTheHalfWrittenFileAlong) {
  const auto result =
      stopped({"simulate", "--preset", "h1-2025", "--only", "real", "-o", "a/data"}, [&] {
        return std::ranges::any_of(everything(), [](const std::string& name) {
          return name.starts_with("a/data/real.h5ad.tmp-");
        });
      });
  EXPECT_EQ(result.signal, GetParam()) << ::testing::PrintToString(result);
  EXPECT_EQ(everything(), (std::set<std::string>{"a/", "a/data/", "a/data/truth.csv"}));
}

TEST_P(Interruption, OfAScoringKeepsFinishedPredictions) {
  write_screen(folder.file("real.h5ad"), make_small_screen());
  std::vector<std::string> arguments{"score", "--real",    "real.h5ad", "-o",
                                     "out",   "--profile", "full"};
  for (int i = 0; i < 300; ++i) {
    arguments.insert(arguments.end(), {"--pred", fmt::format("p{:03}=real.h5ad", i)});
  }
  const auto result = stopped(
      arguments, [&] { return std::filesystem::exists(folder.file("out/p000/agg_results.csv")); });
  EXPECT_EQ(result.signal, GetParam()) << ::testing::PrintToString(result);
  EXPECT_EQ(csv("out/p000/results.csv").size(), 1 + 4 * 53U);
  EXPECT_FALSE(any_unfinished());
  EXPECT_FALSE(everything().contains("out/leaderboard.csv"));
  EXPECT_FALSE(everything().contains("out/p299/"));
  for (const auto& name : everything()) {
    if (name != "out/" && name.ends_with('/')) {
      EXPECT_FALSE(std::filesystem::is_empty(folder.file(name))) << name;
    }
  }
}

TEST_P(Interruption, BeforeAnythingWasWrittenLeavesNoFolder) {
  // Enough predictions that opening them takes a while.
  write_screen(folder.file("real.h5ad"), make_small_screen());
  std::vector<std::string> arguments{"score", "--real", "real.h5ad", "-o", "new/out"};
  for (int i = 0; i < 300; ++i) {
    arguments.insert(arguments.end(), {"--pred", fmt::format("p{:03}=real.h5ad", i)});
  }
  const auto result =
      stopped(arguments, [&] { return std::filesystem::exists(folder.file("new/out")); });
  EXPECT_EQ(result.signal, GetParam()) << ::testing::PrintToString(result);
  EXPECT_EQ(everything(), (std::set<std::string>{"real.h5ad"}));
}

INSTANTIATE_TEST_SUITE_P(By, Interruption, ::testing::Values(SIGINT, SIGTERM), [](const auto& of) {
  return std::string(of.param == SIGINT ? "Interrupt" : "Terminate");
});

class Progress : public Cli {};

TEST_F(Progress, ShowsOnATerminalUnlessQuiet) {
  const std::vector<std::string> simulate{"simulate", "--scale", "0.7", "-o", "data", "--force"};
  auto terminal = here();
  terminal.terminal = true;
  const auto seen = cupel(simulate, terminal);
  expect_done(seen);
  EXPECT_NE(seen.err.find("\r\033[Ksimulating: "), std::string::npos) << seen.err;
  EXPECT_NE(seen.err.find(" cells, "), std::string::npos) << seen.err;
  EXPECT_NE(seen.err.find(" s left"), std::string::npos) << seen.err;
  auto quiet = simulate;
  quiet.emplace_back("--quiet");
  EXPECT_EQ(cupel(quiet, terminal).err, "");
}

}  // namespace
}  // namespace cupel::test
