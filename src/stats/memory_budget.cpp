#include "stats/memory_budget.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cupel/error.hpp"
#include "text.hpp"

namespace cupel {
namespace {

// The program itself, its threads and their scratch.
constexpr std::int64_t kBase = std::int64_t{256} << 20;

}  // namespace

std::int64_t cell_memory(std::int64_t memory, std::int64_t perturbations, std::int64_t genes,
                         std::int64_t matrices) {
  const auto budget = memory > 0 ? memory
                                 : static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) *
                                       sysconf(_SC_PAGE_SIZE) / 2;
  const auto tables = kBase + matrices * 8 * perturbations * genes;
  if (tables >= budget) {
    throw Error(ErrorKind::kOutOfMemory,
                fmt::format("tables of {} perturbations × {} genes need {}, and the memory budget is "
                            "{}; raise --memory",
                            perturbations, genes, bytes_text(tables), bytes_text(budget)));
  }
  return budget - tables;
}

}  // namespace cupel
