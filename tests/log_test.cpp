#include "log.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace cupel::test {
namespace {

using Stages = std::vector<std::pair<std::string, double>>;

void pass_time() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

TEST(StageClock, GivesTimeToTheStageThatRuns) {
  StageClock clock;
  EXPECT_TRUE(clock.seconds().empty());
  clock.enter("read");
  pass_time();
  clock.enter("sort");
  clock.enter("read");
  pass_time();
  const auto seconds = clock.seconds();
  ASSERT_EQ(seconds.size(), 2U);
  EXPECT_EQ(seconds[0].first, "read");
  EXPECT_GE(seconds[0].second, 0.010);
  EXPECT_EQ(seconds[1].first, "sort");
  EXPECT_LT(seconds[1].second, seconds[0].second);
}

TEST(StageClock, StandsStillWhilePaused) {
  StageClock clock;
  clock.enter("read");
  clock.pause();
  const auto before = clock.seconds();
  pass_time();
  EXPECT_EQ(clock.seconds(), before);
  clock.enter("sort");
  pass_time();
  EXPECT_EQ(clock.seconds()[0], before[0]);
  EXPECT_GE(clock.seconds()[1].second, 0.005);
}

TEST(StageClock, AddsAnother) {
  StageClock other;
  other.enter("read");
  pass_time();
  other.enter("metrics");
  other.pause();
  StageClock clock;
  clock.enter("read");
  pass_time();
  clock.pause();
  const double own = clock.seconds()[0].second;
  clock.add(other);
  EXPECT_EQ(clock.seconds(),
            (Stages{{"read", own + other.seconds()[0].second}, other.seconds()[1]}));
}

TEST(Console, TakesTheWarningsOfAnother) {
  Console console(true);
  Console other(true);
  console.warn("one");
  other.warn("two");
  other.stages().enter("read");
  console.take(other);
  EXPECT_EQ(console.warnings(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(console.stages().seconds().size(), 1U);
}

}  // namespace
}  // namespace cupel::test
