#include "data/batches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cupel/error.hpp"
#include "text.hpp"

namespace cupel {
namespace {

// Large enough to keep every thread busy, small enough not to matter in memory.
constexpr std::int64_t kSortedFileBatch = std::int64_t{768} << 20;

// Rows that a group's span in the file holds per row of its own: 1 for a file sorted by group.
double scatter(RowLists groups) {
  double spanned = 0.0;
  double owned = 0.0;
  for (const auto& rows : groups) {
    if (rows.empty()) continue;
    spanned += static_cast<double>(rows.back() - rows.front() + 1);
    owned += static_cast<double>(rows.size());
  }
  return owned > 0.0 ? spanned / owned : 1.0;
}

}  // namespace

std::vector<std::vector<std::int32_t>> plan_batches(Screen& screen, RowLists groups,
                                                    std::int64_t budget) {
  std::vector<std::int32_t> order(groups.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::int32_t group) {
    const auto& rows = groups[static_cast<std::size_t>(group)];
    return rows.empty() ? std::int64_t{0} : rows.front();
  });
  constexpr double kStillTogether = 2.0;
  const auto limit = scatter(groups) < kStillTogether ? std::min(budget, kSortedFileBatch) : budget;

  std::vector<std::vector<std::int32_t>> batches;
  std::int64_t used = 0;
  for (const auto group : order) {
    const auto bytes = screen.bytes_to_read(groups[static_cast<std::size_t>(group)]);
    if (bytes > budget) {
      throw Error(ErrorKind::kOutOfMemory,
                  fmt::format("{}: one group of {} cells needs {}, the memory budget leaves {}; raise "
                              "--memory",
                              screen.path(), groups[static_cast<std::size_t>(group)].size(),
                              bytes_text(bytes), bytes_text(budget)));
    }
    if (batches.empty() || used + bytes > limit) {
      batches.emplace_back();
      used = 0;
    }
    batches.back().push_back(group);
    used += bytes;
  }
  return batches;
}

GroupBatch read_batch(Screen& screen, RowLists groups, std::span<const std::int32_t> chosen) {
  struct Row {
    std::int64_t file_row;
    std::int32_t group;  // position in `chosen`
  };
  std::vector<Row> wanted;
  GroupBatch batch;
  batch.groups.assign(chosen.begin(), chosen.end());
  batch.start.push_back(0);
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    const auto& rows = groups[static_cast<std::size_t>(chosen[k])];
    for (const auto row : rows) wanted.push_back({row, static_cast<std::int32_t>(k)});
    batch.start.push_back(static_cast<std::int64_t>(wanted.size()));
  }
  std::ranges::sort(wanted, {}, &Row::file_row);
  std::vector<std::int64_t> file_rows(wanted.size());
  std::ranges::transform(wanted, file_rows.begin(), &Row::file_row);
  LoadedCells loaded = screen.read(file_rows);

  // Canonical order: by group, then content; equal content is interchangeable.
  std::vector<std::int64_t> order(wanted.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::ranges::sort(order, [&](std::int64_t a, std::int64_t b) {
    const auto i = static_cast<std::size_t>(a);
    const auto j = static_cast<std::size_t>(b);
    if (wanted[i].group != wanted[j].group) return wanted[i].group < wanted[j].group;
    if (loaded.row_key[i] != loaded.row_key[j]) return loaded.row_key[i] < loaded.row_key[j];
    return a < b;
  });

  const auto n = static_cast<std::int64_t>(order.size());
  auto row_begin = make_host_buffer<std::int64_t>(n);
  auto row_length = make_host_buffer<std::int32_t>(n);
  batch.file_rows.resize(order.size());
  batch.row_key.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto from = order[i];
    row_begin.data()[i] = loaded.cells.row_begin.data()[from];
    row_length.data()[i] = loaded.cells.row_length.data()[from];
    batch.file_rows[i] = file_rows[static_cast<std::size_t>(from)];
    batch.row_key[i] = loaded.row_key[static_cast<std::size_t>(from)];
  }
  batch.cells = std::move(loaded.cells);
  batch.cells.row_begin = std::move(row_begin);
  batch.cells.row_length = std::move(row_length);
  return batch;
}

}  // namespace cupel
