// scripts/gpu-verify refuses without a GPU, writes its record when all parts pass, and nothing when
// any part fails. Stand-ins play the programs it runs.
#include <nlohmann/json.hpp>

#include "cupel/backend.hpp"
#include "support/cli.hpp"

namespace cupel::test {
namespace {

class GpuVerify : public Cli {
 protected:
  GpuVerify() {
    write("build/cupel", R"(#!/bin/sh
case $1 in
  simulate) mkdir -p "$5"; exit ;;
esac
while [ "$1" != -o ]; do shift; done
mkdir -p "$2"
printf '{\n  "cupel": {\n    "version": "1.2",\n    "commit": "abc"\n  },\n' >"$2/run.json"
printf '  "devices": [\n    {\n      "description": "Make 1, 8.0 GiB",\n' >>"$2/run.json"
printf '      "driver": "580",\n      "runtime": "CUDA 13.0",\n' >>"$2/run.json"
printf '      "memory_limit": 1\n    }\n  ],\n  "kernels": "0123abcd"\n}\n' >>"$2/run.json"
if [ -n "$UNSTEADY" ]; then date +%N >"$2/results.csv"; else echo 1 >"$2/results.csv"; fi
)");
    // Passes two tests, or what the test wants of the run that it names.
    write("build/cupel_tests", R"(#!/bin/sh
part=${GTEST_OUTPUT##*/}
part=${part%.xml}
file=${GTEST_OUTPUT#xml:}
[ -n "$CUPEL_REQUIRE_CUDA" ] || exit 3
echo "$part $CUPEL_TEST_BACKENDS $CUPEL_TEST_DEVICE $SANITIZED" >>"$SEEN"
result=completed
[ "$SKIP" = "$part" ] && result=skipped
[ "$NONE" = "$part" ] || printf '<testcase name="a" result="completed">\n<testcase name="b" result="%s">\n' $result >"$file"
[ "$NONE" = "$part" ] && : >"$file"
[ "$FAIL" = "$part" ] && exit 1
exit 0
)");
    write("tools/compute-sanitizer", R"(#!/bin/sh
SANITIZED="$2 $4"
export SANITIZED
shift 4
"$@" || exit 1
[ "$FOUND" != "${SANITIZED% *}" ] || exit 9
)");
    for (const auto* name : {"build/cupel", "build/cupel_tests", "tools/compute-sanitizer"}) {
      std::filesystem::permissions(folder.file(name), std::filesystem::perms::owner_all);
    }
  }
  void write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(folder.file(name)).parent_path());
    Cli::write(name, content);
  }
  // With these variables set.
  [[nodiscard]] ProgramResult verify(const std::string& variables) const {
    return Program({"/bin/sh", "-c",
                    "SEEN=$PWD/seen PATH=$PWD/tools:$PATH " + variables + " '" +
                        source_path("scripts/gpu-verify") + "' -o $PWD/record.json build"},
                   here())
        .result();
  }
  [[nodiscard]] bool recorded() const {
    return everything().contains("record.json") || everything().contains("record.json.part");
  }
};

TEST_F(GpuVerify, RecordsWhatRanWhere) {
  const auto result = verify("");
  expect_done(result);
  const auto record = nlohmann::json::parse(text("record.json"));
  EXPECT_EQ(record["kernels"], "0123abcd");
  EXPECT_EQ(record["device"], "Make 1, 8.0 GiB");
  EXPECT_EQ(record["driver"], "580");
  EXPECT_EQ(record["runtime"], "CUDA 13.0");
  EXPECT_EQ(record["cupel"], "1.2 (abc)");
  EXPECT_EQ(record["date"].get<std::string>().size(), 10U);
  for (const auto* part : {"parity_tests", "golden_tests", "memcheck_tests", "racecheck_tests"}) {
    EXPECT_EQ(record[part], 2) << part;
  }
  EXPECT_EQ(record["equal_runs"], 10);
  const auto seen = text("seen");
  for (const auto* line : {"parity cuda  \n", "goldens  cuda \n", "memcheck cuda  memcheck 9\n",
                           "racecheck cuda  racecheck 9\n"}) {
    EXPECT_NE(seen.find(line), std::string::npos) << line << "in\n" << seen;
  }
}

TEST_F(GpuVerify, WritesNothingWhenAnyPartFails) {
  for (const auto* variables : {"FAIL=parity", "FAIL=goldens", "FAIL=memcheck", "FAIL=racecheck",
                                "FOUND=memcheck", "FOUND=racecheck", "SKIP=parity", "SKIP=goldens",
                                "SKIP=memcheck", "NONE=racecheck", "NONE=goldens", "UNSTEADY=1"}) {
    const auto result = verify(variables);
    EXPECT_EQ(result.exit_code, 1) << variables << "\n" << ::testing::PrintToString(result);
    EXPECT_NE(result.err.find("FAILED"), std::string::npos) << variables;
    EXPECT_FALSE(recorded()) << variables;
  }
}

TEST_F(GpuVerify, LeavesTheRecordOfBeforeAlone) {
  write("record.json", "before");
  EXPECT_EQ(verify("FAIL=parity").exit_code, 1);
  EXPECT_EQ(text("record.json"), "before");
}

TEST_F(GpuVerify, RefusesWithoutAGpu) {
  const auto choice = choose_devices("auto");
  if (choice.names[0] != "cpu") GTEST_SKIP() << "this machine has one, and it would take minutes";
  const auto build = std::filesystem::path(cupel_binary()).parent_path().string();
  const auto result =
      Program({source_path("scripts/gpu-verify"), "-o", folder.file("record.json"), build}, here())
          .result();
  EXPECT_EQ(result.exit_code, has_cuda() ? 5 : 4) << ::testing::PrintToString(result);
  EXPECT_TRUE(result.err.starts_with("gpu-verify: " + choice.because)) << result.err;
  EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_FALSE(recorded());
}

TEST_F(GpuVerify, RefusesWithoutABuild) {
  const auto result = Program({source_path("scripts/gpu-verify"), "nowhere"}, here()).result();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "gpu-verify: nowhere/cupel is not there; build it, or name its folder\n");
}

class KernelsState : public Cli {};

TEST_F(KernelsState, ComparesTheRecordWithTheSources) {
  const auto state = [&](const std::string& record) {
    write("record.json", record);
    return Program({source_path("scripts/kernels-state"), folder.file("record.json")}, here())
        .result()
        .out;
  };
  const auto record = [](std::string_view hash) {
    return "{\n  \"kernels\": \"" + std::string(hash) +
           "\",\n  \"device\": \"Make 1, 8.0 GiB\",\n  \"date\": \"2026-12-24\"\n}\n";
  };
  EXPECT_EQ(state(record(kernels_hash())), "kernels: verified on Make 1, 8.0 GiB, 2026-12-24\n");
  EXPECT_EQ(state(record("0123")),
            "kernels: changed since they were verified on Make 1, 8.0 GiB, 2026-12-24\n");
  EXPECT_EQ(
      Program({source_path("scripts/kernels-state"), folder.file("none")}, here()).result().out,
      "kernels: never verified on a GPU (scripts/gpu-verify does)\n");
}

}  // namespace
}  // namespace cupel::test
