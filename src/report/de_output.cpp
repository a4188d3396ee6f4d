#include "report/de_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "io/gzip.hpp"
#include "io/h5ad_writer.hpp"
#include "io/output_file.hpp"
#include "parallel/parallel.hpp"
#include "report/report.hpp"

namespace cupel {
namespace {

std::string csv_lines(const DeTable& table, std::int64_t target) {
  const auto name = csv_text(table.targets[static_cast<std::size_t>(target)]);
  std::string lines;
  for (std::int64_t gene = 0; gene < std::ssize(table.features); ++gene) {
    lines += fmt::format("{},{},{},{},{}\n", name,
                         csv_text(table.features[static_cast<std::size_t>(gene)]),
                         csv_number(table.log2_fold_change.view()(target, gene)),
                         csv_number(table.p_value.view()(target, gene)),
                         csv_number(table.p_adj.view()(target, gene)));
  }
  return lines;
}

// As many targets at a time as keep the text in memory small.
constexpr std::int64_t kTargetsPerBlock = 64;

void write_csv(const std::string& path, const DeTable& table) {
  io::OutputFile file(path);
  file.write(gzip("target,feature,log2_fold_change,p_value,p_adj\n"));
  const auto n = std::ssize(table.targets);
  for (std::int64_t first = 0; first < n; first += kTargetsPerBlock) {
    const auto count = std::min(kTargetsPerBlock, n - first);
    std::vector<std::string> lines(static_cast<std::size_t>(count));
    for_each_chunk(count, 1, [&](std::int64_t i, std::int64_t) {
      lines[static_cast<std::size_t>(i)] = csv_lines(table, first + i);
    });
    std::string block;
    for (const auto& part : lines) block += part;
    file.write(gzip(block));
  }
  file.commit();
}

std::string without_special(std::string name) {
  for (auto& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && std::isalnum(byte) == 0 && c != '.' && c != '_' && c != '+') c = '-';
  }
  return name;
}

}  // namespace

const std::string& FileNames::operator()(const std::string& text) {
  const auto [entry, is_new] = name_of_.try_emplace(text);
  if (!is_new) return entry->second;
  const auto plain = without_special(text);
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(name_of_, [&](const auto& one) { return one.second == name; });
  };
  auto name = plain;
  for (int number = 2; taken(name); ++number) name = fmt::format("{}-{}", plain, number);
  return entry->second = name;
}

void write_de_table(const std::string& path, const std::string& format, const DeTable& table) {
  if (format == "csv.gz") return write_csv(path, table);
  io::write_dense_h5ad(path, {.obs_names = table.targets,
                              .genes = table.features,
                              .x = table.log2_fold_change.view(),
                              .layers = {{"log2_fold_change", table.log2_fold_change.view()},
                                         {"p_value", table.p_value.view()},
                                         {"p_adj", table.p_adj.view()}},
                              .columns = {}});
}

}  // namespace cupel
