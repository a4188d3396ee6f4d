#include "data/resident_screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "cupel/error.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kCellsPerChunk = 256;

}  // namespace

ResidentScreen::ResidentScreen(std::shared_ptr<Screen> screen, std::vector<std::int64_t> rows)
    : screen_(std::move(screen)), rows_(std::move(rows)), cells_(screen_->read(rows_)) {}

std::vector<std::int64_t> ResidentScreen::places_of(std::span<const std::int64_t> rows) const {
  std::vector<std::int64_t> places;
  places.reserve(rows.size());
  for (const auto row : rows) {
    const auto found = std::ranges::lower_bound(rows_, row);
    if (found == rows_.end() || *found != row) {
      throw Error(ErrorKind::kInternal, fmt::format("{}: cell {} was not kept", path(), row));
    }
    places.push_back(found - rows_.begin());
  }
  return places;
}

LoadedCells ResidentScreen::read(std::span<const std::int64_t> rows) {
  const auto places = places_of(rows);
  const auto from = cells_.cells.view();
  const auto gene_bytes = bytes_of(from.gene_type);
  const auto value_bytes = bytes_of(from.value_type);
  LoadedCells loaded;
  auto& cells = loaded.cells;
  cells.n_genes = from.n_genes;
  cells.gene_type = from.gene_type;
  cells.value_type = from.value_type;
  const auto n = std::ssize(places);
  cells.row_begin = make_host_buffer<std::int64_t>(n);
  cells.row_length = make_host_buffer<std::int32_t>(n);
  std::int64_t entries = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto place = places[static_cast<std::size_t>(i)];
    cells.row_begin.data()[i] = entries;
    cells.row_length.data()[i] = from.row_length[place];
    entries += from.row_length[place];
    loaded.row_key.push_back(cells_.row_key[static_cast<std::size_t>(place)]);
  }
  cells.genes = make_host_buffer<std::byte>(entries * gene_bytes);
  cells.values = make_host_buffer<std::byte>(entries * value_bytes);
  const auto* genes = static_cast<const std::byte*>(from.genes);
  const auto* values = static_cast<const std::byte*>(from.values);
  for_each_chunk(n, kCellsPerChunk, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const auto begin = from.row_begin[places[static_cast<std::size_t>(i)]];
      const auto to = cells.row_begin.data()[i];
      const auto length = static_cast<std::size_t>(cells.row_length.data()[i]);
      std::memcpy(cells.genes.data() + to * gene_bytes, genes + begin * gene_bytes,
                  length * static_cast<std::size_t>(gene_bytes));
      std::memcpy(cells.values.data() + to * value_bytes, values + begin * value_bytes,
                  length * static_cast<std::size_t>(value_bytes));
    }
  });
  return loaded;
}

std::int64_t ResidentScreen::bytes_to_read(std::span<const std::int64_t> rows) {
  const auto& cells = cells_.cells;
  std::int64_t bytes = 0;
  for (const auto place : places_of(rows)) {
    constexpr std::int64_t kRow = 8 + 4 + 8;  // begin, length, key
    bytes += kRow + cells.row_length.data()[place] *
                        (bytes_of(cells.gene_type) + bytes_of(cells.value_type));
  }
  return bytes;
}

}  // namespace cupel
