#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>
#include <numbers>
#include <utility>

#include "cupel/error.hpp"
#include "simulate/truth.hpp"

namespace cupel::simulate {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

// A text file under a temporary name until it is complete.
class TextOutput {
 public:
  explicit TextOutput(std::string path)
      : path_(std::move(path)),
        temporary_(fmt::format("{}.tmp-{}", path_, ::getpid())),
        file_(std::fopen(temporary_.c_str(), "wb")) {
    if (file_ == nullptr) fail();
  }
  ~TextOutput() {
    if (file_ == nullptr) return;
    std::fclose(file_);
    std::remove(temporary_.c_str());
  }
  TextOutput(const TextOutput&) = delete;
  TextOutput& operator=(const TextOutput&) = delete;

  void write(const fmt::memory_buffer& text) {
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail();
  }
  void commit() {
    if (std::fflush(file_) != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) fail();
    std::fclose(std::exchange(file_, nullptr));
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: cannot write: {}; free space or write somewhere else", path_,
                            std::strerror(errno)));
  }

  std::string path_;
  std::string temporary_;
  std::FILE* file_;
};

}  // namespace

void write_truth(const Truth& truth, const std::string& path) {
  TextOutput out(path);
  fmt::memory_buffer text;
  const auto add = [&]<typename... Args>(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
  };
  const bool with_context = truth.n_contexts > 1;
  if (with_context) add("cell_line,");
  add("perturbation,gene,log2_fold_change\n");
  for (std::int32_t context = 0; context < truth.n_contexts; ++context) {
    for (std::int32_t p = 0; p < truth.n_perturbations(); ++p) {
      for (const Effect& effect : truth.effects[truth.index(context, p)]) {
        if (with_context) add("{},", context_name(context));
        add("{},{},{:.6g}\n", truth.perturbations[static_cast<std::size_t>(p)],
            truth.genes[static_cast<std::size_t>(effect.gene)],
            static_cast<double>(effect.log_fold_change) * std::numbers::log2e);
      }
      if (text.size() < kBufferBytes) continue;
      out.write(text);
      text.clear();
    }
  }
  out.write(text);
  out.commit();
}

}  // namespace cupel::simulate
