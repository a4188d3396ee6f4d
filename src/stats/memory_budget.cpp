#include "stats/memory_budget.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

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

std::vector<std::vector<std::int32_t>> fit_batches(std::vector<std::vector<std::int32_t>> batches,
                                                   Screen& screen, RowLists groups,
                                                   const Backend& backend, std::int64_t resident) {
  if (backend.memory_limit() == std::numeric_limits<std::int64_t>::max()) return batches;
  const std::int64_t room = backend.memory_limit() - resident;
  const auto rows = kDeviceRows * 8 * std::ssize(screen.genes());
  std::vector<std::vector<std::int32_t>> fitting;
  for (const auto& batch : batches) {
    fitting.emplace_back();
    std::int64_t used = 0;
    for (const auto group : batch) {
      const auto cells = screen.bytes_to_read(groups[static_cast<std::size_t>(group)]);
      const auto bytes = kDevicePerByte * cells + rows;
      if (!fitting.back().empty() && used + bytes > room) {
        fitting.emplace_back();
        used = 0;
      }
      fitting.back().push_back(group);
      used += bytes;
    }
  }
  return fitting;
}

}  // namespace cupel
