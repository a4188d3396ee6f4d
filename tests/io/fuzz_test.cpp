// Damaged files must be read or refused with an Error: never a crash, never a hang.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <numeric>
#include <random>

#include "cupel/error.hpp"
#include "io/h5ad_file.hpp"
#include "io/h5ad_screen.hpp"
#include "parallel/parallel.hpp"
#include "support/data_files.hpp"
#include "support/scratch_folder.hpp"
#include "support/tiny_h5ad.hpp"

namespace cupel::io {
namespace {

using Mutant = std::vector<char>;

// Everything that can be read from a file.
void read_all(const std::string& path) {
  std::vector<std::string> matrices;
  try {
    const H5adFile file(path);
    matrices = file.matrices();
    for (const std::string& column : file.obs().columns()) {
      try {
        (void)file.obs().type_of(column);
        (void)file.obs().read(column);
      } catch (const Error&) {
      }
    }
  } catch (const Error&) {
  }
  if (matrices.empty()) matrices.emplace_back("X");
  for (const std::string& matrix : matrices) {
    try {
      const auto screen = open_h5ad(path, matrix);
      (void)screen->cell_names();
      (void)screen->matrix_info();
      std::vector<std::int64_t> rows(static_cast<std::size_t>(screen->n_cells()));
      std::iota(rows.begin(), rows.end(), 0);
      (void)screen->bytes_to_read(rows);
      (void)screen->read(rows);
    } catch (const Error&) {
    }
  }
}

// Runs work(k) for k in [0, n) in a child process. Says what happened to each k that went wrong: a
// crash or a hang ends the child, and the next goes on behind it.
std::vector<std::string> survive(int n, const std::function<void(int)>& work) {
  constexpr int kMilliseconds = 10000;
  std::vector<std::string> failures;
  for (int next = 0; next < n;) {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
    const pid_t child = fork();
    if (child == 0) {
      close(pipe_ends[0]);
      const ThreadLimit one(1);
      for (int k = next; k < n; ++k) {
        char outcome = '.';
        try {
          work(k);
        } catch (const std::exception& error) {
          (void)!write(STDERR_FILENO, error.what(), std::strlen(error.what()));
          outcome = 'x';  // some exception that is not an Error
        }
        if (write(pipe_ends[1], &outcome, 1) != 1) _exit(1);
      }
      _exit(0);
    }
    close(pipe_ends[1]);
    pollfd waiting{pipe_ends[0], POLLIN, 0};
    for (;;) {
      char outcome = 0;
      if (poll(&waiting, 1, kMilliseconds) == 0) {
        failures.push_back(
            fmt::format("mutation {}: still running after {} ms", next, kMilliseconds));
        kill(child, SIGKILL);
        break;
      }
      if (read(pipe_ends[0], &outcome, 1) != 1) break;
      if (outcome != '.') failures.push_back(fmt::format("mutation {}: not an Error", next));
      ++next;
    }
    close(pipe_ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (next == n) break;
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
      failures.push_back(fmt::format("mutation {}: {}", next, strsignal(WTERMSIG(status))));
    } else if (!WIFSIGNALED(status)) {
      failures.push_back(fmt::format("mutation {}: exit {}", next, WEXITSTATUS(status)));
    }
    ++next;
  }
  return failures;
}

Mutant load(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A file that never reaches a disk.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("cupel_fuzz", 0)) {}
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  void save(const Mutant& bytes) const {
    if (ftruncate(descriptor_, static_cast<off_t>(bytes.size())) != 0 ||
        pwrite(descriptor_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
      throw std::runtime_error("cannot write the memory file");
    }
  }
  [[nodiscard]] std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
  int descriptor_;
};

// Flips bytes, writes extreme numbers, cuts off the end, swaps blocks.
Mutant mutate(Mutant bytes, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(rng() % n); };
  // Structure lies mostly at the front.
  constexpr std::size_t kFront = 4096;
  const auto place = [&] {
    return below(3) == 0 ? below(bytes.size()) : below(std::min(bytes.size(), kFront));
  };
  const std::size_t kind = below(10);
  if (kind == 0) {
    bytes.resize(below(bytes.size()));
    return bytes;
  }
  const std::size_t changes = kind < 7 ? 1 : 1 + below(16);
  for (std::size_t k = 0; k < changes; ++k) {
    const std::size_t at = place();
    switch (below(4)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(rng());
        break;
      case 2: {
        constexpr std::uint64_t kExtremes[] = {0,
                                               1,
                                               0x7f,
                                               0xff,
                                               0x7fff,
                                               0xffff,
                                               0x7fffffff,
                                               0xffffffff,
                                               0x7fffffffffffffff,
                                               0xffffffffffffffff};
        const std::uint64_t value = kExtremes[below(std::size(kExtremes))];
        const std::size_t size = std::size_t{1} << below(4);
        if (at + size <= bytes.size()) std::memcpy(bytes.data() + at, &value, size);
        break;
      }
      default: {
        const std::size_t from = place();
        const std::size_t size = std::min({std::size_t{8}, bytes.size() - at, bytes.size() - from});
        std::memmove(bytes.data() + at, bytes.data() + from, size);
      }
    }
  }
  return bytes;
}

// Small files of every layout, encoding and age that we write ourselves.
std::vector<Mutant> generated_files() {
  const test::ScratchFolder folder;
  const std::vector<test::Triplet> entries{{0, 1, 3}, {0, 4, 1}, {1, 0, 2}, {2, 2, 70000},
                                           {2, 3, 1}, {4, 1, 9}, {5, 4, 5}, {5, 5, 4}};
  const std::vector<std::string> labels{"control", "A", "B"};
  const std::vector<std::int64_t> codes{0, 1, 2, -1, 0, 1};
  std::vector<Mutant> files;
  const auto add = [&](const auto& fill) {
    const std::string path = folder.file("seed.h5ad");
    {
      test::TinyH5ad file(path, 6, 6);
      fill(file);
    }
    files.push_back(load(path));
  };
  add([&](test::TinyH5ad& file) {
    file.add_sparse("X", "csr", entries, {.chunk = 3, .filters = {"shuffle", "gzip"}});
    file.add_categorical("target", labels, codes);
    file.add_text("batch", {"x", "y", "z", "x", "y", "z"});
  });
  add([&](test::TinyH5ad& file) {
    file.add_sparse("X", "csc", entries, {.type = "int32", .chunk = 4, .filters = {"lzf"}});
    file.add_old_categorical("target", labels, codes);
    file.add_numbers("dose", {0.1, 1, 2, 3, 4, 5}, {.type = "float64"});
  });
  add([&](test::TinyH5ad& file) {
    file.add_dense("X", entries,
                   {.chunk = 4, .chunk_columns = 4, .filters = {"gzip", "fletcher32"}});
    file.add_nullable("count", "nullable-integer", {1, 2, 3, 4, 5, 6}, "int64", {0, 0, 1, 0, 0, 1});
    file.add_fixed_text("target", {"control", "A", "B", "A", "B", "A"});
  });
  add([&](test::TinyH5ad& file) {
    file.add_sparse("X", "csr", entries, {.type = ">float64"});
    test::make_group(file.id(), "layers");
    file.add_dense("layers/counts", entries, {.type = "uint32"});
  });
  return files;
}

constexpr int kMutations = 2000;

void expect_survival(const std::vector<Mutant>& files, int mutations) {
  ASSERT_FALSE(files.empty());
  const MemoryFile file;
  const auto work = [&](int k) {
    const auto seed = static_cast<std::uint64_t>(k);
    file.save(mutate(files[seed % files.size()], seed));
    read_all(file.path());
  };
  for (const std::string& failure : survive(mutations, work)) ADD_FAILURE() << failure;
}

TEST(Fuzz, DamagedFilesAreReadOrRefused) { expect_survival(generated_files(), kMutations); }

TEST(Fuzz, DamagedRealFilesAreReadOrRefused) {
  CUPEL_SKIP_WITHOUT_DATA();
  std::vector<Mutant> files;
  for (const char* name : {"mini_mat.anndata-v0.6.22", "mini_mat_uint_16.anndata-v0.10.9",
                           "krumsiek11", "nan", "anndata-v0.7.8", "anndata-v0.11.4"}) {
    files.push_back(load(test::data_file(std::string("layouts/") + name + ".h5ad")));
  }
  expect_survival(files, kMutations);
}

}  // namespace
}  // namespace cupel::io
