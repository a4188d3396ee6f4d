#include "baselines/emitted_screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "baselines/generic_response.hpp"
#include "cupel/error.hpp"
#include "data/row_key.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kCellsPerShift = 256;

std::vector<std::uint64_t> keys_of(CellsView cells) {
  std::vector<std::uint64_t> keys(static_cast<std::size_t>(cells.rows));
  visit(cells, [&](const auto& typed) {
    for_each_chunk(cells.rows, kCellsPerShift, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) {
        std::uint64_t key = 0;
        const auto begin = typed.row_begin[row];
        for (auto i = begin; i < begin + typed.row_length[row]; ++i) {
          key += entry_key(typed.genes[i], static_cast<double>(typed.values[i]));
        }
        keys[static_cast<std::size_t>(row)] = key;
      }
    });
  });
  return keys;
}

// The profile as one cell of float values without its zeros.
Cells cell_of(std::span<const double> profile, GeneType gene_type) {
  Cells cell;
  cell.n_genes = std::ssize(profile);
  cell.gene_type = gene_type;
  cell.value_type = ValueType::kF32;
  cell.row_begin = make_host_buffer<std::int64_t>(1);
  cell.row_length = make_host_buffer<std::int32_t>(1);
  cell.genes = make_host_buffer<std::byte>(std::ssize(profile) * bytes_of(gene_type));
  cell.values = make_host_buffer<std::byte>(std::ssize(profile) * bytes_of(ValueType::kF32));
  std::int32_t length = 0;
  for (std::size_t gene = 0; gene < profile.size(); ++gene) {
    const auto value = static_cast<float>(profile[gene]);
    if (value == 0.0F) continue;
    if (gene_type == GeneType::kU16) {
      reinterpret_cast<std::uint16_t*>(cell.genes.data())[length] =
          static_cast<std::uint16_t>(gene);
    } else {
      reinterpret_cast<std::uint32_t*>(cell.genes.data())[length] =
          static_cast<std::uint32_t>(gene);
    }
    reinterpret_cast<float*>(cell.values.data())[length++] = value;
  }
  cell.row_begin.data()[0] = 0;
  cell.row_length.data()[0] = length;
  return cell;
}

}  // namespace

EmittedScreen::EmittedScreen(Screen& measured, const Grouping& grouping, std::string name)
    : measured_(measured), name_(std::move(name)) {
  rows_ = grouping.control;
  for (const auto& rows : grouping.rows) rows_.insert(rows_.end(), rows.begin(), rows.end());
  std::ranges::sort(rows_);
  origin_.resize(rows_.size());
}

const EmittedScreen::Origin& EmittedScreen::origin_of(std::int64_t row) const {
  const auto found = std::ranges::lower_bound(rows_, row);
  if (found == rows_.end() || *found != row) {
    throw Error(ErrorKind::kInternal,
                fmt::format("{}: cell {} belongs to another context", name_, row));
  }
  return origin_[static_cast<std::size_t>(found - rows_.begin())];
}

std::unique_ptr<Screen> EmittedScreen::dispersed(Screen& measured, const Grouping& grouping,
                                                 std::shared_ptr<const LoadedCells> control,
                                                 std::vector<double> scale, std::uint64_t seed,
                                                 std::string name) {
  std::unique_ptr<EmittedScreen> screen(new EmittedScreen(measured, grouping, std::move(name)));
  std::vector<std::int64_t> sizes;
  for (const auto& rows : grouping.rows) sizes.push_back(std::ssize(rows));
  const auto drawn = draw_control_rows(sizes, std::ssize(grouping.control), seed);
  const auto place = [&](std::int64_t row, Origin origin) {
    const auto at = std::ranges::lower_bound(screen->rows_, row) - screen->rows_.begin();
    screen->origin_[static_cast<std::size_t>(at)] = origin;
  };
  for (std::size_t i = 0; i < grouping.control.size(); ++i) {
    place(grouping.control[i], {static_cast<std::int64_t>(i), true});
  }
  std::size_t cell = 0;
  for (const auto& rows : grouping.rows) {
    for (const auto row : rows) place(row, {drawn[cell++], false});
  }
  screen->control_ = std::move(control);
  screen->scale_ = std::move(scale);
  return screen;
}

std::unique_ptr<Screen> EmittedScreen::tiled(Screen& measured, const Grouping& grouping,
                                             std::shared_ptr<const LoadedCells> control,
                                             std::span<const double> profile, std::string name) {
  std::unique_ptr<EmittedScreen> screen(new EmittedScreen(measured, grouping, std::move(name)));
  for (std::size_t i = 0; i < grouping.control.size(); ++i) {
    const auto at = std::ranges::lower_bound(screen->rows_, grouping.control[i]);
    screen->origin_[static_cast<std::size_t>(at - screen->rows_.begin())] = {
        static_cast<std::int64_t>(i), true};
  }
  screen->profile_ = cell_of(profile, control->cells.gene_type);
  screen->control_ = std::move(control);
  return screen;
}

MatrixInfo EmittedScreen::matrix_info() const { return {name_, "csr", "float32", "none", 0, 0}; }

LoadedCells EmittedScreen::read(std::span<const std::int64_t> rows) {
  // Three kinds of rows, each made at once, then put in the order asked for.
  std::vector<std::int64_t> measured_rows;
  std::vector<std::int64_t> scaled_rows;
  std::vector<const Origin*> origins;
  for (const auto row : rows) {
    const auto& origin = *origins.emplace_back(&origin_of(row));
    if (origin.control_row >= 0) {
      (origin.as_measured ? measured_rows : scaled_rows).push_back(origin.control_row);
    }
  }
  const auto control = control_->cells.view();
  const std::vector<double> ones(static_cast<std::size_t>(control.n_genes), 1.0);
  const Cells parts[] = {scale_cells(control, measured_rows, ones),
                         scale_cells(control, scaled_rows, scale_.empty() ? ones : scale_)};
  const auto n = std::ssize(rows);
  LoadedCells loaded;
  auto& cells = loaded.cells;
  cells.n_genes = control.n_genes;
  cells.gene_type = control.gene_type;
  cells.value_type = ValueType::kF32;
  cells.row_begin = make_host_buffer<std::int64_t>(n);
  cells.row_length = make_host_buffer<std::int32_t>(n);
  std::vector<const Cells*> from(static_cast<std::size_t>(n));
  std::vector<std::int64_t> from_row(static_cast<std::size_t>(n), 0);
  std::int64_t at[] = {0, 0};
  std::int64_t entries = 0;
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const auto& origin = *origins[i];
    const int part = origin.as_measured ? 0 : 1;
    from[i] = origin.control_row < 0 ? &profile_ : &parts[part];
    if (origin.control_row >= 0) from_row[i] = at[part]++;
    cells.row_begin.data()[i] = entries;
    cells.row_length.data()[i] = from[i]->row_length.data()[from_row[i]];
    entries += cells.row_length.data()[i];
  }
  const auto gene_bytes = bytes_of(cells.gene_type);
  const auto value_bytes = bytes_of(cells.value_type);
  cells.genes = make_host_buffer<std::byte>(entries * gene_bytes);
  cells.values = make_host_buffer<std::byte>(entries * value_bytes);
  for_each_chunk(n, kCellsPerShift, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const auto& part = *from[static_cast<std::size_t>(i)];
      const auto begin = part.row_begin.data()[from_row[static_cast<std::size_t>(i)]];
      const auto to = cells.row_begin.data()[i];
      const auto length = static_cast<std::size_t>(cells.row_length.data()[i]);
      std::memcpy(cells.genes.data() + to * gene_bytes, part.genes.data() + begin * gene_bytes,
                  length * static_cast<std::size_t>(gene_bytes));
      std::memcpy(cells.values.data() + to * value_bytes, part.values.data() + begin * value_bytes,
                  length * static_cast<std::size_t>(value_bytes));
    }
  });
  loaded.row_key = keys_of(cells.view());
  return loaded;
}

std::int64_t EmittedScreen::bytes_to_read(std::span<const std::int64_t> rows) {
  const auto& control = control_->cells;
  std::int64_t entries = 0;
  for (const auto row : rows) {
    const auto& origin = origin_of(row);
    entries += origin.control_row < 0 ? profile_.row_length.data()[0]
                                      : control.row_length.data()[origin.control_row];
  }
  // The rows made and their copy in order.
  return 2 * entries * (bytes_of(control.gene_type) + bytes_of(ValueType::kF32));
}

}  // namespace cupel
