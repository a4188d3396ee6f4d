#include "backend/choose_devices.hpp"

#include "support/memory_screen.hpp"
#include "support/paths.hpp"
#include "support/program.hpp"

namespace cupel::test {
namespace {

FindGpus gpus(int n) {
  return [n] { return std::vector<std::string>(static_cast<std::size_t>(n), "Make 1, 8.0 GiB"); };
}
FindGpus none(ErrorKind kind, const std::string& why) {
  return [=]() -> std::vector<std::string> { throw Error(kind, why); };
}
// For names that are settled without looking.
std::vector<std::string> must_not_look() { throw Error(ErrorKind::kInternal, "looked for GPUs"); }

using Names = std::vector<std::string>;

TEST(ChooseDevices, KnowsTheCpuWithoutLookingForGpus) {
  const auto choice = choose_devices("cpu", must_not_look);
  EXPECT_EQ(choice.names, Names{"cpu"});
  EXPECT_EQ(choice.because, "");
}

TEST(ChooseDevices, TakesTheGpusNamed) {
  EXPECT_EQ(choose_devices("cuda", gpus(1)).names, Names{"cuda:0"});
  EXPECT_EQ(choose_devices("cuda:1", gpus(2)).names, Names{"cuda:1"});
  EXPECT_EQ(choose_devices("cuda:01", gpus(2)).names, Names{"cuda:1"});
  EXPECT_EQ(choose_devices("cuda:2,cuda,cuda:1", gpus(3)).names,
            (Names{"cuda:2", "cuda:0", "cuda:1"}));
  EXPECT_EQ(choose_devices("cuda:1,cuda:0", gpus(2)).because, "");
}

TEST(ChooseDevices, TakesAGpuByItselfWhereThereIsOne) {
  const auto one = choose_devices("auto", gpus(1));
  EXPECT_EQ(one.names, Names{"cuda:0"});
  EXPECT_EQ(one.because, "Make 1, 8.0 GiB");
  const auto several = choose_devices("auto", gpus(4));
  EXPECT_EQ(several.names, Names{"cuda:0"});
  EXPECT_EQ(several.because, "Make 1, 8.0 GiB; the first of 4 GPUs");
}

TEST(ChooseDevices, SaysWhyItTakesTheCpu) {
  for (const auto kind : {ErrorKind::kDevice, ErrorKind::kUnsupported}) {
    const auto choice = choose_devices("auto", none(kind, "no GPU here; buy one"));
    EXPECT_EQ(choice.names, Names{"cpu"});
    EXPECT_EQ(choice.because, "no GPU here");
  }
  EXPECT_EQ(choose_devices("auto", none(ErrorKind::kDevice, "none")).because, "none");
}

TEST(ChooseDevices, NeverTakesTheCpuInPlaceOfAGpu) {
  for (const auto* list : {"cuda", "cuda:0", "cuda:1,cuda:0"}) {
    for (const auto kind : {ErrorKind::kDevice, ErrorKind::kUnsupported}) {
      EXPECT_EQ(error_of([&] { (void)choose_devices(list, none(kind, "no GPU; go on")); }, kind),
                "no GPU; go on");
    }
  }
  EXPECT_EQ(error_of([&] { (void)choose_devices("auto", none(ErrorKind::kInternal, "a bug")); },
                     ErrorKind::kInternal),
            "a bug");
  EXPECT_EQ(error_of([] { (void)choose_devices("cuda:1", gpus(1)); }, ErrorKind::kDevice),
            "there is no cuda:1; this machine has one GPU for this build: cuda:0");
  EXPECT_EQ(error_of([] { (void)choose_devices("cuda:0,cuda:2", gpus(2)); }, ErrorKind::kDevice),
            "there is no cuda:2; this machine has 2 GPUs for this build: cuda:0 to cuda:1");
}

TEST(ChooseDevices, RefusesWhatIsNoDevice) {
  const auto refusal = [](std::string_view list) {
    return error_of([&] { (void)choose_devices(list, must_not_look); }, ErrorKind::kUsage);
  };
  for (const auto* list : {"tpu", "", "CUDA", "cuda:", "cuda:x", "cuda:-1", "cuda: 1", "cuda:1x",
                           "cuda:99999999999", "cuda,", ",cuda", "cuda:0;cuda:1", "gpu"}) {
    EXPECT_NE(refusal(list).find("known: auto, cpu, cuda, cuda:N"), std::string::npos) << list;
  }
  EXPECT_EQ(refusal("cuda,cpu"), "'cpu' is no GPU; a list of devices names GPUs alone");
  EXPECT_EQ(refusal("auto,cuda"), "'auto' is no GPU; a list of devices names GPUs alone");
  EXPECT_EQ(refusal("cuda:1,cuda:01"), "cuda:1 is named twice in 'cuda:1,cuda:01'");
  EXPECT_EQ(refusal("cuda,cuda:0"), "cuda:0 is named twice in 'cuda,cuda:0'");
}

TEST(MakeBackend, MakesOneOnOneDevice) {
  EXPECT_EQ(make_backend("cpu")->name(), "cpu");
  EXPECT_EQ(make_backend("cpu")->report().description, "");
  EXPECT_EQ(error_of([] { (void)make_backend("cuda:0,cuda:1"); }, ErrorKind::kUsage),
            "one device is used here, not 'cuda:0,cuda:1'");
}

TEST(KernelsHash, IsThatOfTheSources) {
  const auto listing = Program({"/bin/sh", "-c",
                                "sha256sum kernels/*.cu kernels/*.hpp include/cupel/math/*.hpp "
                                "include/cupel/cells.hpp include/cupel/host_device.hpp "
                                "include/cupel/matrix.hpp | LC_ALL=C sort -k2 | sha256sum"},
                               {.folder = source_path("")})
                           .result();
  EXPECT_EQ(listing.out, std::string(kernels_hash()) + "  -\n");
}

}  // namespace
}  // namespace cupel::test
