#include <fmt/format.h>

#include <iterator>
#include <numbers>
#include <utility>

#include "io/output_file.hpp"
#include "simulate/truth.hpp"

namespace cupel::simulate {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

}  // namespace

void write_truth(const Truth& truth, const std::string& path) {
  io::OutputFile out(path);
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
      out.write({text.data(), text.size()});
      text.clear();
    }
  }
  out.write({text.data(), text.size()});
  out.commit();
}

}  // namespace cupel::simulate
