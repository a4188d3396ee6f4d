#include "report/sweep_table.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include "cupel/error.hpp"
#include "report/report.hpp"

namespace cupel {
namespace {

constexpr std::string_view kHeader =
    "split,fold,task,stage,model,settings,conditions,predicted,no_pearson,mse,pearson,cosine,"
    "pds_l2,pds_cosine,rules,note,seconds\n";
constexpr std::size_t kColumns = 17;

// The next line's entries, taken off `text`; none where the line was not finished.
std::optional<std::vector<std::string>> next_line(std::string_view& text) {
  std::vector<std::string> entries(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        entries.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        entries.back() += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      entries.emplace_back();
    } else if (c == '\n') {
      text.remove_prefix(i + 1);
      return entries;
    } else {
      entries.back() += c;
    }
  }
  return std::nullopt;
}

double number(const std::string& text, bool& good) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  good = good && error == std::errc() && end == text.data() + text.size();
  return value;
}

}  // namespace

std::string sweep_csv_header() { return std::string(kHeader); }

std::string sweep_csv_rows(std::span<const sweep::SweepRow> rows) {
  std::string csv;
  for (const auto& row : rows) {
    const auto& scores = row.scores;
    csv += fmt::format("{},{},{},{},{},{},{},{},{}", csv_text(row.split), csv_text(row.fold),
                       csv_text(row.task), row.inside ? "inside" : "outside", csv_text(row.model),
                       csv_text(row.settings), scores.predictions,
                       scores.predictions - scores.without_prediction, scores.without_pearson);
    for (const double value : {scores.mean.mse, scores.mean.pearson, scores.mean.cosine,
                               scores.mean.pds_l2, scores.mean.pds_cosine}) {
      csv += fmt::format(",{}", csv_number(value));
    }
    csv += fmt::format(",{},{},{:.6f}\n", csv_text(row.rules), csv_text(row.note), row.seconds);
  }
  return csv;
}

std::vector<sweep::SweepRow> parse_sweep_csv(std::string_view text, const std::string& path) {
  const auto refuse = [&](std::size_t line) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: line {} is not of a sweep's table", path, line));
  };
  if (!text.starts_with(kHeader)) refuse(1);
  text.remove_prefix(kHeader.size());
  std::vector<sweep::SweepRow> rows;
  while (const auto line = next_line(text)) {
    const auto at = rows.size() + 2;
    if (line->size() != kColumns) refuse(at);
    const auto& entry = *line;
    bool good = entry[3] == "inside" || entry[3] == "outside";
    sweep::SweepRow row;
    row.split = entry[0];
    row.fold = entry[1];
    row.task = entry[2];
    row.inside = entry[3] == "inside";
    row.model = entry[4];
    row.settings = entry[5];
    row.scores.predictions = static_cast<std::int64_t>(number(entry[6], good));
    row.scores.without_prediction =
        row.scores.predictions - static_cast<std::int64_t>(number(entry[7], good));
    row.scores.without_pearson = static_cast<std::int64_t>(number(entry[8], good));
    row.scores.mean = {number(entry[9], good), number(entry[10], good), number(entry[11], good),
                       number(entry[12], good), number(entry[13], good)};
    row.rules = entry[14];
    row.note = entry[15];
    row.seconds = number(entry[16], good);
    if (!good) refuse(at);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<sweep::SweepRow> read_sweep_csv(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) throw Error(ErrorKind::kInput, fmt::format("{}: cannot open", path));
  std::string text;
  char block[1 << 16];
  for (std::size_t n = 0; (n = std::fread(block, 1, sizeof block, file)) > 0;)
    text.append(block, n);
  std::fclose(file);
  return parse_sweep_csv(text, path);
}

}  // namespace cupel
