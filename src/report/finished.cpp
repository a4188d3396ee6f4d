#include "report/finished.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "config/profile.hpp"
#include "config/separated_values.hpp"
#include "cupel/error.hpp"
#include "data/fnv1a.hpp"
#include "io/file_state.hpp"
#include "io/output_file.hpp"
#include "report/json_value.hpp"
#include "report/report.hpp"
#include "stats/aggregate.hpp"
#include "text.hpp"
#include "version.hpp"

namespace cupel {
namespace {

namespace fs = std::filesystem;

constexpr auto kRecord = "done.json";
constexpr auto kScores = "results.csv";
constexpr auto kStrata = "strata.csv";
constexpr const char* kResults[] = {kScores, "agg_results.csv", kStrata};  // the last may be absent
constexpr int kFormat = 1;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string hash_text(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

std::string absolute(const std::string& path) {
  return fs::absolute(path).lexically_normal().string();
}

// All that two runs must share for their results to stand side by side. Keys are what a person is
// told when one differs.
Json run_of(const Report& report) {
  const bool cuda = report.device.starts_with("cuda");
  Json run;
  run["cupel"] = fmt::format("{} ({})", version(), commit());
  run["profile"] = report.profile.name;
  run["metrics"] = report.profile.metrics;
  run["names of the metrics"] = report.profile.written_as;
  run["device"] = cuda ? fmt::format("cuda, kernels {}", kernels_hash()) : "cpu";
  for (const auto& [path, value] : resolved_settings(report.profile.conventions)) {
    run[path] = value;
  }
  run["--pert-col"] = report.config.pert_col;
  run["--control"] = report.config.control;
  run["--context-col"] = report.config.context_col;
  run["--layer"] = report.config.layer.empty() ? "X" : report.config.layer;
  const auto& map = report.config.target_gene_map;
  run["--target-gene-map"] = map.empty() ? "" : "content " + hash_text(fnv1a(text_of(map)));
  constexpr const char* kKinds[] = {"auto", "cells", "pseudobulk"};
  run["--pred-kind"] = kKinds[static_cast<std::size_t>(report.config.prediction_kind)];
  constexpr const char* kSpaces[] = {"auto", "counts", "lognorm"};
  run["--pseudobulk-space"] = kSpaces[static_cast<std::size_t>(report.config.pseudobulk_space)];
  run["--strata"] = report.config.strata;
  run["--write-de"] = report.config.write_de ? report.config.de_format : "";
  run["cells of the real file"] = report.real.cells;
  run["genes of the real file"] = report.real.genes;
  run["gene names of the real file"] = hash_text(report.real.gene_names);
  return run;
}

Json input_of(const InputRecord& input) {
  return {{"path", absolute(input.path)}, {"bytes", input.bytes},
          {"modified", input.modified},   {"cells", input.cells},
          {"genes", input.genes},         {"gene_names", hash_text(input.gene_names)},
          {"matrix", input.matrix},       {"fingerprint", hash_text(input.fingerprint)},
          {"read_as", input.read_as}};
}

std::uint64_t hash_in(const Json& json) {
  return std::stoull(json.get<std::string>(), nullptr, 16);
}

InputRecord input_in(const Json& json) {
  return {json.at("path"),
          json.at("cells"),
          json.at("genes"),
          json.at("matrix"),
          hash_in(json.at("fingerprint")),
          json.at("bytes"),
          json.at("modified"),
          hash_in(json.at("gene_names")),
          json.at("read_as")};
}

struct Unreadable {};

double number_in(const std::string& text) {
  double value = 0.0;
  const auto* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (status != std::errc{} || stop != end) throw Unreadable{};
  return value;
}

Score score_in(const std::string& value, const std::string& reason) {
  if (value.empty()) return Score::left_out(kept(reason));
  return {number_in(value), reason.empty() ? std::string_view() : kept(reason), false};
}

// One context's metrics, from its lines of results.csv (taken off `csv`) and what `record` adds.
ContextResult context_in(const Json& record, const Report& report, const PredictionResult& result,
                         std::string_view& csv) {
  ContextResult context;
  context.context = record.at("context");
  context.perturbations = record.at("perturbations").get<std::vector<std::string>>();
  const auto& profile = report.profile;
  for (std::size_t m = 0; m < profile.metrics.size(); ++m) {
    auto& metric = context.metrics.emplace_back();
    metric.metric = &find_metric(profile.metrics[m]);
    if (m < profile.written_as.size()) metric.written_as = profile.written_as[m];
  }
  std::vector<std::string> row;
  for (const auto& perturbation : context.perturbations) {
    for (auto& metric : context.metrics) {
      if (metric.metric->compute == nullptr) continue;
      const bool as_expected = take_row(csv, ',', row) && row.size() == 5 &&
                               row[0] == perturbation && row[1] == context.context &&
                               row[2] == metric.name();
      if (!as_expected) throw Unreadable{};
      metric.scores.push_back(score_in(row[3], row[4]));
    }
  }
  for (auto& metric : context.metrics) {
    metric.aggregate = aggregate(metric.scores, report.profile.conventions.aggregation.nan_in_mean);
    if (result.lacks(*metric.metric)) metric.undefined_because = kLacksCells;
    if (metric.metric->compute != nullptr) continue;
    const auto& mean = record.at("means").at(std::string(metric.metric->name));
    metric.aggregate = {};
    metric.aggregate.mean = number_in(mean.at("mean"));
    metric.undefined_because = mean.at("reason");
  }
  return context;
}

// The next line of strata.csv.
StratumScore stratum_in(std::string_view& csv) {
  std::vector<std::string> row;
  if (!take_row(csv, ',', row) || row.size() != 10) throw Unreadable{};
  const auto number = [](const std::string& text) {
    return text.empty() ? std::numeric_limits<double>::quiet_NaN() : number_in(text);
  };
  return {.stratum = row[1],
          .metric = row[2],
          .mean = number(row[3]),
          .low = number(row[4]),
          .high = number(row[5]),
          .n = static_cast<std::int64_t>(number_in(row[6])),
          .effective_n = number_in(row[7]),
          .fraction_of_ceiling = number(row[8]),
          .reason = row[9]};
}

// Whether the file is what it was when it was scored, as far as its name, size and age say.
bool is_unchanged(const InputRecord& then, const std::string& path) {
  if (then.path != absolute(path)) return false;
  std::error_code failed;
  if (!fs::exists(path, failed)) return true;
  const auto now = io::file_state(path);
  return now.bytes == then.bytes && now.modified == then.modified;
}

// One prediction's results as they were, or nothing where they cannot be told from its folder.
std::optional<PredictionResult> result_in(const fs::path& own, const Json& record,
                                          const Report& report, std::size_t i) {
  const auto& file = report.config.predictions[i];
  try {
    PredictionResult result;
    result.name = report.predictions[i].name;
    result.tags = file.tags;
    result.input = input_in(record.at("prediction"));
    if (!is_unchanged(result.input, file.path)) return std::nullopt;
    result.input.path = file.path;
    result.pseudobulk = record.at("pseudobulk");
    result.seconds = record.at("seconds");
    result.warnings = record.at("warnings").get<std::vector<std::string>>();
    for (const auto* name : kResults) {
      if (record.at("files").at(name) != hash_text(fnv1a(text_of(own / name)))) return std::nullopt;
    }
    const auto text = text_of(own / kScores);
    const auto strata = text_of(own / kStrata);
    std::string_view csv = text;
    std::string_view strata_csv = strata;
    std::vector<std::string> header;
    (void)take_row(csv, ',', header);
    (void)take_row(strata_csv, ',', header);
    for (const auto& context : record.at("contexts")) {
      result.contexts.push_back(context_in(context, report, result, csv));
      auto& own_strata = result.contexts.back().strata;
      for (auto left = context.at("strata").get<std::size_t>(); left > 0; --left) {
        own_strata.push_back(stratum_in(strata_csv));
      }
    }
    return result;
  } catch (const Unreadable&) {
  } catch (const Json::exception&) {
  }
  return std::nullopt;
}

void refuse(const std::string& folder, const std::string& what, const std::string& then,
            const std::string& now) {
  throw Error(ErrorKind::kUsage,
              fmt::format("{}: holds results of another run: {} was '{}', now '{}'; give another "
                          "folder to -o, or run as then",
                          folder, what, then, now));
}

std::string plain(const Json& value) {
  if (value.is_array()) return listed(value.get<std::vector<std::string>>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void require_same_run(const std::string& folder, const Json& then, const Json& now) {
  for (const auto& [key, value] : now.items()) {
    const auto before = then.find(key);
    if (before == then.end()) refuse(folder, key, "unknown", plain(value));
    if (*before != value) refuse(folder, key, plain(*before), plain(value));
  }
}

// Folders of predictions that hold a record, sorted.
std::vector<fs::path> recorded(const std::string& folder) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (fs::is_regular_file(entry.path() / kRecord, failed)) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

bool is_temporary(const std::string& name) {
  const auto at = name.rfind(".tmp-");
  return at != std::string::npos && at + 5 < name.size() &&
         name.find_first_not_of("0123456789", at + 5) == std::string::npos;
}

bool is_result(const std::string& name) {
  return name == kRecord || std::ranges::find(kResults, name) != std::end(kResults) ||
         name == "scored.csv" || name == "de.h5ad" || name == "de.csv.gz" ||
         (name.starts_with("de_") && (name.ends_with(".h5ad") || name.ends_with(".csv.gz")));
}

// Removes the files of one folder whose names are so.
void remove_files(const fs::path& folder, bool (*chosen)(const std::string&)) {
  std::error_code failed;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.is_regular_file(failed) && chosen(entry.path().filename())) files.push_back(entry);
  }
  for (const auto& file : files) fs::remove(file, failed);
}

}  // namespace

void write_finished(const std::string& folder, const Report& report,
                    const PredictionResult& result) {
  const auto own = fs::path(folder) / result.name;
  Json json;
  json["format"] = kFormat;
  json["run"] = run_of(report);
  json["real"] = input_of(report.real);
  json["prediction"] = input_of(result.input);
  json["pseudobulk"] = result.pseudobulk;
  for (const auto* name : kResults) json["files"][name] = hash_text(fnv1a(text_of(own / name)));
  json["contexts"] = Json::array();
  for (const auto& context : result.contexts) {
    Json entry = {{"context", context.context}, {"perturbations", context.perturbations}};
    entry["strata"] = context.strata.size();
    entry["means"] = Json::object();
    for (const auto& metric : context.metrics) {
      if (metric.metric->compute != nullptr) continue;
      entry["means"][std::string(metric.metric->name)] = {
          {"mean", csv_number(metric.aggregate.mean)}, {"reason", metric.undefined_because}};
    }
    json["contexts"].push_back(entry);
  }
  json["warnings"] = result.warnings;
  json["seconds"] = result.seconds;
  io::OutputFile file(own / kRecord);
  // A label that is not UTF-8 makes a record that fits no results: they are scored again.
  file.write(json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  file.commit();
}

EarlierResults read_finished(const std::string& folder, const Report& report) {
  EarlierResults earlier;
  earlier.predictions.resize(report.predictions.size());
  const auto now = run_of(report);
  std::optional<InputRecord> real;
  for (const auto& own : recorded(folder)) {
    const auto record = Json::parse(text_of(own / kRecord), nullptr, false);
    if (!record.is_object() || record.value("format", 0) != kFormat) continue;  // scored again
    InputRecord its_real;
    try {
      require_same_run(folder, record.at("run"), now);
      its_real = input_in(record.at("real"));
    } catch (const Json::exception&) {
      continue;
    }
    if (real && real->fingerprint != its_real.fingerprint) {
      refuse(folder, "the real file's fingerprint", hash_text(real->fingerprint),
             hash_text(its_real.fingerprint));
    }
    real = its_real;
    const auto at =
        std::ranges::find(report.predictions, own.filename().string(), &PredictionResult::name);
    if (at == report.predictions.end()) continue;
    const auto i = static_cast<std::size_t>(at - report.predictions.begin());
    earlier.predictions[i] = result_in(own, record, report, i);
  }
  if (!real) return earlier;
  earlier.real_fingerprint = real->fingerprint;
  if (real->bytes == report.real.bytes && real->modified == report.real.modified) {
    earlier.real = real;
    earlier.real->path = report.real.path;
  }
  return earlier;
}

void remove_unfinished(const std::string& folder, const Report& report,
                       const EarlierResults& finished) {
  for (std::size_t i = 0; i < report.predictions.size(); ++i) {
    const auto own = fs::path(folder) / report.predictions[i].name;
    if (!finished.predictions[i]) remove_files(own, is_result);
    remove_files(own, is_temporary);
    std::error_code ignored;
    fs::remove(own, ignored);  // only if it is empty
  }
  remove_files(fs::path(folder) / "real", is_temporary);
  remove_files(folder, is_temporary);
}

void forget_finished(const std::string& folder) {
  std::error_code failed;
  for (const auto& own : recorded(folder)) fs::remove(own / kRecord, failed);
}

}  // namespace cupel
