// The same numbers to the last bit, however the cells lie in their file and whoever computes them.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "stats/memory_budget.hpp"
#include "support/cli.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

constexpr std::int64_t kPerturbations = 4;

class SameBits : public Cli, public ::testing::WithParamInterface<std::string> {
 protected:
  struct Variant {
    Layout layout = {};
    bool shuffled = false;
    std::vector<std::string> arguments = {};
  };

  SameBits() {
    for (auto* screen : {&real_, &pred_}) {
      if (GetParam() == "lognorm") screen->to_lognorm();
    }
  }

  // results.csv of the pair in this form, with every statistic and test.
  [[nodiscard]] std::string bits(const Variant& variant) {
    for (auto [name, screen] : {std::pair{"real.h5ad", real_}, std::pair{"pred.h5ad", pred_}}) {
      if (variant.shuffled) {
        std::vector<std::int64_t> order(screen.labels.size());
        std::iota(order.begin(), order.end(), std::int64_t{0});
        std::ranges::shuffle(order, random_);
        screen.keep_cells(order);
      }
      write_screen(folder.file(name), screen, variant.layout);
    }
    std::vector<std::string> arguments{"score",      "--real",      "real.h5ad",    "--pred",
                                       "pred.h5ad",  "-o",          "out",          "--force",
                                       "--profile",  "full",        "--input-type", GetParam(),
                                       "--write-de", "--de-format", "csv.gz"};
    arguments.insert(arguments.end(), variant.arguments.begin(), variant.arguments.end());
    expect_done(cupel(arguments));
    return text("out/pred/results.csv") + text("out/pred/agg_results.csv") +
           text("out/pred/de.csv.gz") + text("out/real/de.csv.gz");
  }

  // As little memory as one group needs beside the control.
  [[nodiscard]] std::int64_t tight_memory() const {
    constexpr std::int64_t kPlenty = std::int64_t{1} << 40;
    const auto tables =
        kPlenty - cell_memory(kPlenty, kPerturbations, real_.n_genes(), kScoreMatrices);
    constexpr std::int64_t kBytesPerValue = 8;  // at most
    constexpr std::int64_t kControlAndAGroup = 40 + 22 + 12;
    return tables + kControlAndAGroup * real_.n_genes() * kBytesPerValue;
  }

  SmallScreen real_ = make_small_screen();
  SmallScreen pred_ = make_small_screen({.draw = 2});
  std::mt19937_64 random_{5};
};

TEST_P(SameBits, ForAnyNumberOfThreads) {
  const auto expected = bits({.arguments = {"--threads", "1"}});
  EXPECT_GT(expected.size(), 10000U);
  EXPECT_EQ(bits({.arguments = {"--threads", "2"}}), expected);
  EXPECT_EQ(bits({.arguments = {"--threads", "7"}}), expected);
}

TEST_P(SameBits, ForAnyOrderOfTheRows) {
  const auto expected = bits({});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bits({.shuffled = true}), expected);
}

TEST_P(SameBits, ForEveryLayout) {
  const auto expected = bits({});
  EXPECT_EQ(bits({.layout = {.kind = "csc"}}), expected);
  EXPECT_EQ(bits({.layout = {.kind = "dense"}}), expected);
  for (const auto* kind : {"csr", "csc", "dense"}) {
    const Layout packed{.kind = kind, .storage = {.chunk = 100, .filters = {"shuffle", "gzip"}}};
    EXPECT_EQ(bits({.layout = packed, .shuffled = true, .arguments = {"--threads", "2"}}), expected)
        << kind;
  }
}

TEST_P(SameBits, ForEveryTypeThatHoldsTheValues) {
  if (GetParam() == "lognorm")
    GTEST_SKIP() << "logarithms in double are other values than in float";
  const auto expected = bits({});
  for (const auto* type : {"uint16", "int32", "int64", "uint64", "float64", ">float32"}) {
    for (const auto* kind : {"csr", "dense"}) {
      EXPECT_EQ(bits({.layout = {.kind = kind, .storage = {.type = type}}}), expected)
          << type << kind;
    }
  }
}

TEST_P(SameBits, ForAnyMemory) {
  const auto expected = bits({});
  const auto memory = fmt::format("{}", tight_memory());
  for (const auto* kind : {"csr", "csc", "dense"}) {
    EXPECT_EQ(bits({.layout = {.kind = kind}, .shuffled = true, .arguments = {"--memory", memory}}),
              expected);
    // Nothing is shown by this unless the cells did come in parts.
    const auto plan = cupel({"score", "--real", "real.h5ad", "--pred", "pred.h5ad", "--dry-run",
                             "--memory", memory, "--input-type", GetParam()});
    expect_done(plan);
    for (std::size_t at = 0, seen = 0; seen < 2; ++seen) {
      at = plan.out.find("batches: ", at);
      ASSERT_NE(at, std::string::npos) << plan.out;
      at += 9;
      EXPECT_GE(std::stoi(plan.out.substr(at)), 2) << kind << ": " << plan.out;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OfEveryInput, SameBits, ::testing::Values("counts", "lognorm"),
                         [](const auto& of) { return of.param; });

}  // namespace
}  // namespace cupel::test
