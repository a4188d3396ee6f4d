#include "sweeping/table_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "conditions/sha256.hpp"
#include "cupel/error.hpp"
#include "io/output_file.hpp"
#include "log.hpp"
#include "report/device_record.hpp"
#include "report/sweep_table.hpp"
#include "version.hpp"

namespace cupel::sweeping {
namespace {

constexpr auto kTable = "sweep.csv";
constexpr auto kKey = "sweep.key";

}  // namespace

std::string key_of(const SweepConfig& config, const Plan& plan, const models::Training& training,
                   std::string_view device) {
  Sha256 sha;
  const auto add = [&](const auto&... parts) { (sha.add(fmt::format("{}\n", parts)), ...); };
  const auto add_rows = [&](const auto& rows) { add(fmt::format("{}", fmt::join(rows, " "))); };
  add(version(), commit(), device_kind(device));
  add(sweep::score_name(config.select));
  for (const auto& grid : config.grids) {
    add(grid.model);
    for (const auto& axis : grid.axes) {
      add(axis.name);
      add_rows(axis.values);
    }
  }
  for (const auto& split : plan.splits) {
    add(split.name);
    for (const auto& fold : split.folds) {
      add(fold.name, static_cast<int>(fold.inside.unit), fold.inside.folds, fold.inside.seed);
      add_rows(fold.train);
      add_rows(fold.test);
      add_rows(fold.task);
    }
  }
  const auto add_matrix = [&](MatrixView<const double> matrix) {
    add(matrix.rows, matrix.cols);
    sha.add({reinterpret_cast<const char*>(matrix.data),
             static_cast<std::size_t>(matrix.size()) * sizeof(double)});
  };
  for (const auto& condition : training.conditions) {
    add(condition.context);
    add_rows(condition.perturbations);
    add(condition.dose.value_or(-1.0));
  }
  add_rows(training.genes);
  add_rows(training.weight);
  add_matrix(training.delta.view());
  add_matrix(training.control.view());
  for (const auto& [name, table] : training.tables) {
    add(name);
    for (const auto& [row_name, row] : table.row) add(row_name, row);
    add_matrix(table.values.view());
  }
  return sha.hex();
}

std::vector<sweep::SweepRow> earlier_rows(const SweepConfig& config, const std::string& key,
                                          const std::filesystem::path& folder,
                                          const sweep::SweepRequest& request, Console& console) {
  const auto table = folder / kTable;
  if (!config.resume || !std::filesystem::exists(table)) return {};
  std::string old;
  if (std::FILE* file = std::fopen((folder / kKey).c_str(), "rb"); file != nullptr) {
    char block[128];
    old.assign(block, std::fread(block, 1, sizeof block, file));
    std::fclose(file);
  }
  if (old != key + "\n") {
    throw Error(
        ErrorKind::kInput,
        fmt::format("{}: is of another sweep: its screen, splits, models or device differ; begin "
                    "anew with --force instead of --resume",
                    table.string()));
  }
  auto rows = read_sweep_csv(table);
  rows.resize(rows_to_keep(request, rows));
  console.note(fmt::format("{}: {} rows are kept", table.string(), rows.size()));
  return rows;
}

TableFile::TableFile(const std::filesystem::path& folder, const std::string& key,
                     std::span<const sweep::SweepRow> rows)
    : path_(folder / kTable) {
  io::write_text(folder / kKey, key + "\n");
  io::write_text(path_, sweep_csv_header() + sweep_csv_rows(rows));
  file_ = std::fopen(path_.c_str(), "ab");
  if (file_ == nullptr) refuse();
}

TableFile::~TableFile() { std::fclose(file_); }

void TableFile::add(std::span<const sweep::SweepRow> rows) {
  const auto text = sweep_csv_rows(rows);
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size() || std::fflush(file_) != 0) {
    refuse();
  }
}

void TableFile::refuse() const {
  throw Error(ErrorKind::kInput, fmt::format("{}: cannot write", path_.string()));
}

}  // namespace cupel::sweeping
