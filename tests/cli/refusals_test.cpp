// What a user meets when something is wrong: one line, the exit code of its kind, nothing left.
#include <fmt/format.h>
#include <hdf5.h>

#include <fstream>

#include "cupel/backend.hpp"
#include "cupel/error.hpp"
#include "support/cli.hpp"
#include "support/data_files.hpp"
#include "support/paths.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

using Words = std::vector<std::string>;

class Refusals : public Cli {
 protected:
  Refusals() {
    write_screen(folder.file("real.h5ad"), make_small_screen());
    write_screen(folder.file("pred.h5ad"), make_small_screen({.draw = 2}));
    before = everything();
  }
  [[nodiscard]] static Words score(const Words& more, const std::string& real = "real.h5ad",
                                   const std::string& pred = "pred.h5ad") {
    Words words{"score", "--real", real, "--pred", pred, "-o", "out"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  // Also: nothing new stands in the folder afterwards.
  void expect_clean_refusal(const Words& arguments, int exit_code, const std::string& words) const {
    SCOPED_TRACE(words);
    expect_refused(cupel(arguments), exit_code, words);
    EXPECT_EQ(everything(), before);
  }
  void remember() { before = everything(); }

  std::set<std::string> before;
};

TEST_F(Refusals, NameTheMissingFlag) {
  expect_clean_refusal({"score", "--pred", "pred.h5ad", "-o", "out"}, 2, "give --real FILE.h5ad");
  expect_clean_refusal({"score", "--real", "real.h5ad", "-o", "out"}, 2, "give --pred FILE.h5ad");
  expect_clean_refusal({"score", "--real", "real.h5ad", "--pred", "pred.h5ad"}, 2,
                       "give -o FOLDER");
  expect_clean_refusal({"de", "-o", "de.h5ad"}, 2, "give FILE.h5ad");
  expect_clean_refusal({"de", "real.h5ad"}, 2, "give -o FILE.h5ad");
  expect_clean_refusal({"de", "real.h5ad", "-o", "de.tsv"}, 2, "a table is a .h5ad or a .csv.gz");
  expect_clean_refusal({"pseudobulk", "real.h5ad", "-o", "bulk.csv"}, 2, "give -o FILE.h5ad");
}

TEST_F(Refusals, NameTheUnknownAndTheKnown) {
  expect_clean_refusal(score({"--profile", "vcc2027"}), 2,
                       "no profile named 'vcc2027'; known: anndata, cell-eval-0.6.6, "
                       "cell-eval-0.7, cell-eval-0.7.6, de, full,");
  expect_clean_refusal(score({"--profile", "mine.toml"}), 2, "mine.toml: cannot open the profile");
  expect_clean_refusal(score({"--device", "tpu"}), 2,
                       "no device named 'tpu'; known: auto, cpu, cuda");
  expect_clean_refusal(score({"--set", "pds.tie=midrank"}), 2,
                       "no setting named 'pds.tie' (did you mean 'pds.ties'?)");
  expect_clean_refusal(score({"--set", "pds.ties=first"}), 2, "'pds.ties' takes one of: midrank");
  expect_clean_refusal(score({"--set", "pds.ties"}), 2, "write key.path=value");
  expect_clean_refusal(score({"--input-type", "tpm"}), 2,
                       "input type 'tpm' is neither counts nor lognorm");
  expect_clean_refusal(score({"--threads", "-1"}), 2, "-1 is not a whole number");
  expect_clean_refusal(score({"--memory", "8 apples"}), 2, "write 8G, 512M or bytes");
  expect_clean_refusal(score({"--gpu-memory", "0"}), 2, "write 8G, 512M or bytes");
  expect_clean_refusal(score({"--device", "cuda:0,cpu"}), 2, "'cpu' is no GPU");
  expect_clean_refusal(score({"--perturbation", "x"}), 2, "--perturbation");
  write("mine.toml", "metrics = ['pds_l3']\n");
  remember();
  expect_clean_refusal(score({"--profile", "mine.toml"}), 2, "mine.toml: no metric named 'pds_l3'");
}

TEST_F(Refusals, SayWhatIsMissingForCuda) {
  int exit_code = 4;
  std::string what = "this build has no CUDA backend; use --device cpu or --device auto";
  if (has_cuda()) {
    try {
      (void)choose_devices("cuda:7");
      GTEST_SKIP() << "this machine has eight GPUs";
    } catch (const Error& error) {  // the driver is missing, or the GPU
      exit_code = 5;
      what = error.what();
    }
  }
  for (const auto* device : {"cuda:7", "cuda:7,cuda:6"}) {
    for (const Words& words : {score({"--device", device}),
                               {"de", "real.h5ad", "-o", "de.h5ad", "--device", device},
                               {"pseudobulk", "real.h5ad", "-o", "b.h5ad", "--device", device}}) {
      expect_clean_refusal(words, exit_code, what);
    }
  }
}

TEST_F(Refusals, NameTheFileThatCannotBeRead) {
  expect_clean_refusal(score({}, "nowhere.h5ad"), 3,
                       "nowhere.h5ad: cannot be opened: No such file");
  expect_clean_refusal(score({}, "real.h5ad", "nowhere.h5ad"), 3, "nowhere.h5ad: cannot be opened");
  expect_clean_refusal(score({}, "."), 3, ".: is not an HDF5 file but a folder");
  expect_clean_refusal({"de", "nowhere.h5ad", "-o", "de.h5ad"}, 3,
                       "nowhere.h5ad: cannot be opened");
  expect_clean_refusal({"inspect", "nowhere.h5ad"}, 3, "nowhere.h5ad: cannot be opened");
  expect_clean_refusal(score({"--target-gene-map", "map.csv"}), 3, "map.csv: cannot open");
  write("map.csv", "G003,G003\nG010\n");
  write("empty.h5ad", "");
  write("text.h5ad", "not HDF5 at all, but long enough to look at twice\n");
  remember();
  expect_clean_refusal(score({"--target-gene-map", "map.csv"}), 3,
                       "map.csv: line 2 is not 'perturbation,gene'");
  expect_clean_refusal(score({}, "empty.h5ad"), 3, "empty.h5ad: is not an HDF5 file but empty");
  expect_clean_refusal(score({}, "real.h5ad", "text.h5ad"), 3, "text.h5ad: is not an HDF5 file");
}

TEST_F(Refusals, ListTheColumnsAndSuggestTheNearest) {
  expect_clean_refusal(
      score({"--pert-col", "targets"}), 3,
      "real.h5ad: obs has no column 'targets' (did you mean 'target'?); columns: target");
  expect_clean_refusal(score({"--context-col", "line"}), 3, "real.h5ad: obs has no column 'line'");
  expect_clean_refusal(score({"--layer", "layers/counts"}), 3,
                       "real.h5ad: has no 'layers/counts'; choose another with --layer: X");
  auto other = make_small_screen({.draw = 2});
  {
    TinyH5ad file(folder.file("other.h5ad"), other.n_cells(), other.n_genes());
    file.add_sparse("X", "csr", entries_of(other), {});
    file.add_text("gene", other.labels);
  }
  remember();
  expect_clean_refusal(score({}, "real.h5ad", "other.h5ad"), 3,
                       "other.h5ad: obs has no column 'target'");
}

TEST_F(Refusals, ListTheLabelsWhenTheControlIsMissing) {
  expect_clean_refusal(
      score({"--control", "non_targeting"}), 3,
      "real.h5ad: no cell is labelled 'non_targeting' in obs column 'target' (did you "
      "mean 'non-targeting'?); give --control one of: G003, G010, G025, G041, non-targeting");
}

TEST_F(Refusals, NameAContextWithoutControlsOrWithoutItsPartner) {
  auto real = make_small_screen({.contexts = 2});
  auto pred = make_small_screen({.draw = 2, .contexts = 2});
  write_screen(folder.file("real.h5ad"), real);
  auto renamed = pred;
  for (auto& context : renamed.contexts) context = context == "line1" ? "line2" : context;
  write_screen(folder.file("pred.h5ad"), renamed);
  expect_clean_refusal(score({"--context-col", "line"}), 3,
                       "pred.h5ad: context 'line1' is missing, but is in real.h5ad");
  std::vector<std::int64_t> kept;
  for (std::int64_t cell = 0; cell < real.n_cells(); ++cell) {
    const auto i = static_cast<std::size_t>(cell);
    if (real.contexts[i] != "line1" || real.labels[i] != "non-targeting") kept.push_back(cell);
  }
  real.keep_cells(kept);
  write_screen(folder.file("real.h5ad"), real);
  expect_clean_refusal(score({"--context-col", "line"}), 3,
                       "real.h5ad: context 'line1' has no control cells");
}

TEST_F(Refusals, OfFilesCutOffAnywhere) {
  const auto whole = text("real.h5ad");
  for (int part = 1; part < 20; ++part) {
    write("cut.h5ad", whole.substr(0, whole.size() * static_cast<std::size_t>(part) / 20));
    const auto result = cupel(score({}, "real.h5ad", "cut.h5ad"));
    expect_refused(result, 3, "cut.h5ad");
    EXPECT_FALSE(everything().contains("out/"));
  }
}

TEST_F(Refusals, OfAChunkThatDoesNotUnpack) {
  for (const auto* kind : {"csr", "csc", "dense"}) {
    const auto rows_or_values = std::string(kind) == "dense" ? 16 : 512;
    const Layout packed{.kind = kind,
                        .storage = {.chunk = rows_or_values, .filters = {"shuffle", "gzip"}}};
    write_screen(folder.file("pred.h5ad"), make_small_screen({.draw = 2}), packed);
    const std::string values = std::string(kind) == "dense" ? "X" : "X/data";
    overwrite_first_chunk(folder.file("pred.h5ad"), values);
    expect_clean_refusal(score({}), 3, fmt::format("pred.h5ad: '{}' is damaged", values));
    expect_clean_refusal({"de", "pred.h5ad", "-o", "de.h5ad"}, 3, "is damaged");
    expect_clean_refusal({"pseudobulk", "pred.h5ad", "-o", "bulk.h5ad"}, 3, "is damaged");
  }
}

TEST_F(Refusals, OfHdf5ThatIsNotAnnData) {
  CUPEL_SKIP_WITHOUT_DATA();
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data_file("refuse"))) {
    ++files;
    expect_clean_refusal(score({}, entry.path()), 3, entry.path().filename().string() + ": ");
    expect_clean_refusal(score({}, "real.h5ad", entry.path()), 3,
                         entry.path().filename().string() + ": ");
    expect_clean_refusal({"inspect", entry.path()}, 3, entry.path().filename().string() + ": ");
  }
  EXPECT_EQ(files, 4U);
}

TEST_F(Refusals, OfNanNameTheCellAndTheGene) {
  CUPEL_SKIP_WITHOUT_DATA();
  const auto file = data_file("layouts/nan.h5ad").string();
  const std::vector<std::string> scaled{
      "--pert-col",         "louvain",      "--control",
      "CD4 T cells",        "--input-type", "lognorm",
      "--profile",          "minimal",      "--set",
      "pds.exclusion=none", "--set",        "de.exclude_target_gene=false"};
  expect_clean_refusal(score(scaled, file, file), 3, "is negative; expression must not be");
  auto unchecked = scaled;
  unchecked.insert(unchecked.end(), {"--set", "data.validate=false"});
  // As h5py shows it: X[0, 5] is the first NaN.
  expect_clean_refusal(
      score(unchecked, file, file), 3,
      "nan.h5ad: cell 'AAACATACAACCAC-1' (row 0), gene 'TNFRSF25': the value is NaN; "
      "expression must be a number");
}

TEST_F(Refusals, OfAGroupTooLargeForTheMemory) {
  expect_clean_refusal(score({"--memory", "100M"}), 6, "raise --memory");
  expect_clean_refusal({"de", "real.h5ad", "-o", "de.h5ad", "--memory", "100M"}, 6,
                       "raise --memory");
}

TEST_F(Refusals, OfAPlaceThatTakesNoFiles) {
  // Not even root may write in /proc.
  expect_clean_refusal(
      {"score", "--real", "real.h5ad", "--pred", "pred.h5ad", "-o", "/proc/cupel/out"}, 3,
      "/proc/cupel/out: cannot make the folder");
  expect_clean_refusal(
      {"score", "--real", "real.h5ad", "--pred", "pred.h5ad", "-o", "/proc", "--force"}, 3,
      "/proc/run.json: cannot write");
  expect_clean_refusal({"score", "--real", "real.h5ad", "--pred", "pred.h5ad", "-o", "real.h5ad"},
                       2, "real.h5ad is a file; give a folder to -o");
  expect_clean_refusal(
      {"score", "--real", "real.h5ad", "--pred", "pred.h5ad", "-o", "real.h5ad/out"}, 3,
      "real.h5ad/out: cannot make the folder");
  expect_clean_refusal({"de", "real.h5ad", "-o", "no/such/de.h5ad"}, 3,
                       "no/such/de.h5ad: cannot write");
  expect_clean_refusal({"de", "real.h5ad", "-o", "no/such/de.csv.gz"}, 3,
                       "no/such/de.csv.gz: cannot write");
  expect_clean_refusal({"pseudobulk", "real.h5ad", "-o", "no/bulk.h5ad"}, 3,
                       "no/bulk.h5ad: cannot write");
  expect_clean_refusal({"simulate", "-o", "/proc/cupel"}, 3, "/proc/cupel: cannot make the folder");
}

// A limit on the size of a file stops a write as a full disk does.
TEST_F(Refusals, OfAFullDiskLeaveNothing) {
  auto small = here();
  small.largest_file = 1500;  // less than results.csv of `full`, more than agg_results.csv
  const auto expect_full = [&](const Words& arguments, const std::string& words) {
    SCOPED_TRACE(words);
    expect_refused(cupel(arguments, small), 3, words);
    EXPECT_EQ(everything(), before);
  };
  expect_full(score({"--profile", "full"}), "out/pred/results.csv: cannot write: File too large");
  expect_full(score({"--profile", "full", "--write-de"}), "out/real/de.h5ad: cannot write");
  expect_full({"de", "real.h5ad", "-o", "de.h5ad"}, "de.h5ad: cannot write");
  expect_full({"de", "real.h5ad", "-o", "de.csv.gz"}, "de.csv.gz: cannot write");
  expect_full({"pseudobulk", "real.h5ad", "-o", "bulk.h5ad"}, "bulk.h5ad: cannot write");
  expect_full({"simulate", "--scale", "0.1", "-o", "data"}, "data/truth.csv: cannot write");
}

// The same on a real one, where a file system can be mounted for the test alone.
TEST_F(Refusals, OfAFullFileSystemLeaveNothing) {
  std::filesystem::create_directory(folder.file("disk"));
  write("full.sh", fmt::format("mount -t tmpfs -o size=64k none disk || exit 77\n"
                               "'{}' de real.h5ad -o disk/de.csv.gz >/dev/null || exit 78\n"
                               "rm disk/*\n"
                               "head -c 60000 /dev/zero > disk/ballast\n"
                               "'{}' \"$@\"\n"
                               "code=$?\n"
                               "ls -A disk\n"
                               "exit $code\n",
                               cupel_binary(), cupel_binary()));
  const auto on_full_disk = [&](const Words& arguments) {
    Words command{"/usr/bin/unshare", "--mount", "/bin/sh", "full.sh"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return Program(command, here()).result();
  };
  for (const Words& arguments :
       {Words{"score", "--real", "real.h5ad", "--pred", "pred.h5ad", "--profile", "full", "-o",
              "disk/out"},
        {"de", "real.h5ad", "-o", "disk/de.h5ad"},
        {"simulate", "--scale", "0.1", "--only", "real", "-o", "disk/data"}}) {
    const auto result = on_full_disk(arguments);
    if (result.exit_code == 1 || result.exit_code == 77 || result.exit_code == 127) {
      GTEST_SKIP() << "no file system can be mounted here: " << result.err;
    }
    EXPECT_EQ(result.exit_code, 3) << ::testing::PrintToString(result);
    EXPECT_EQ(result.out, "ballast\n") << ::testing::PrintToString(result);
  }
}

}  // namespace
}  // namespace cupel::test
