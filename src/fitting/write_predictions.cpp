#include "fitting/write_predictions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "conditions/sha256.hpp"
#include "cupel/error.hpp"
#include "fitting/donors.hpp"
#include "fitting/model_condition.hpp"
#include "io/h5ad_writer.hpp"
#include "stats/side_summary.hpp"

namespace cupel::fitting {
namespace {

class TextColumn {
 public:
  explicit TextColumn(const std::string& name)
      : column_{.name = name, .type = "categorical", .categories = {}, .codes = {}} {}
  void add(const std::string& text) {
    const auto [at, is_new] =
        code_.try_emplace(text, static_cast<std::int32_t>(column_.categories.size()));
    if (is_new) column_.categories.push_back(text);
    column_.codes.push_back(at->second);
  }
  [[nodiscard]] const Column& column() const { return column_; }

 private:
  Column column_;
  std::map<std::string, std::int32_t> code_;
};

// What is written of each row, whether profile or cell.
class Labels {
 public:
  explicit Labels(const ConditionColumns& names)
      : rule_of_names_(names.names),
        perturbation_(names.perturbation),
        rule_("rule"),
        context_(names.context),
        dose_(names.dose),
        dataset_(names.dataset) {}

  void add(const Condition& condition, const std::string& label, const std::string& rule) {
    perturbation_.add(label);
    rule_.add(rule);
    context_.add(condition.context);
    dose_.add(dose_text(label, condition.members, condition.doses, rule_of_names_));
    dataset_.add(condition.dataset);
    std::string name;
    for (const auto* part : {&condition.dataset, &condition.context}) {
      if (!part->empty()) name.append(*part).append("_");
    }
    names_.push_back(fmt::format("{}{}_{}", name, label, names_.size()));
  }
  [[nodiscard]] std::vector<Column> columns() const {
    std::vector<Column> all;
    for (const auto* one : {&perturbation_, &rule_, &context_, &dose_, &dataset_}) {
      if (!one->column().name.empty()) all.push_back(one->column());
    }
    return all;
  }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  NameRule rule_of_names_;
  TextColumn perturbation_, rule_, context_, dose_, dataset_;
  std::vector<std::string> names_;
};

using ByContext = std::map<std::string, std::vector<const Predicted*>>;

ByContext by_context(std::span<const Predicted> predicted) {
  ByContext result;
  for (const auto& one : predicted) {
    result[model_context(one.asked.condition)].push_back(&one);
  }
  return result;
}

// The control's condition in each row of training.contexts; none where nothing is predicted or no
// cell is.
std::vector<const Condition*> control_conditions(const TrainingData& data,
                                                 const ByContext& predicted) {
  std::vector<const Condition*> conditions;
  for (std::size_t c = 0; c < data.control_cells.size(); ++c) {
    const auto& cells = data.control_cells[c];
    const bool wanted = predicted.contains(data.training.contexts[c]);
    conditions.push_back(cells.empty() || !wanted ? nullptr : &cells.front().condition);
  }
  return conditions;
}

// Writes cells in double where a screen's own values are double, else in float: what is copied is
// not rounded.
class CellFile {
 public:
  CellFile(const std::string& path, OpenScreens& screens)
      : writer_(path, screens.files.front()->genes()),
        wide_(std::ranges::any_of(screens.files, [](const auto& screen) {
          return screen->matrix_info().dtype == "float64";
        })) {}

  void append(const Cells& cells) {
    visit(cells.view(), [&](const auto& typed) {
      for (std::int64_t row = 0; row < typed.rows; ++row) {
        const auto begin = typed.row_begin[row];
        for (auto i = begin; i < begin + typed.row_length[row]; ++i) {
          add(static_cast<std::int32_t>(typed.genes[i]), static_cast<double>(typed.values[i]));
        }
        end_row();
      }
    });
    flush();
  }
  void append(MatrixView<const double> cells) {
    for (std::int64_t row = 0; row < cells.rows; ++row) {
      for (std::int64_t gene = 0; gene < cells.cols; ++gene) {
        if (cells(row, gene) != 0.0) add(static_cast<std::int32_t>(gene), cells(row, gene));
      }
      end_row();
    }
    flush();
  }
  void finish(const Labels& labels) {
    for (Column& column : labels.columns()) writer_.obs(std::move(column));
    writer_.finish(labels.names());
  }

 private:
  void add(std::int32_t gene, double value) {
    genes_.push_back(gene);
    values_.push_back(value);
  }
  void end_row() {
    const auto n = static_cast<std::int32_t>(genes_.size());
    length_.push_back(n - ended_);
    ended_ = n;
  }
  void flush() {
    if (wide_) {
      writer_.append_wide(io::WideSparseRows{length_, genes_, values_});
    } else {
      const std::vector<float> rounded(values_.begin(), values_.end());
      writer_.append(io::SparseRows{length_, genes_, rounded});
    }
    length_.clear();
    genes_.clear();
    values_.clear();
    ended_ = 0;
  }

  io::H5adWriter writer_;
  bool wide_;
  std::vector<std::int32_t> length_, genes_;
  std::vector<double> values_;
  std::int32_t ended_ = 0;
};

// The same numbers for a condition whatever else is predicted.
std::uint64_t stream_of(const Condition& condition) {
  Sha256 hash;
  hash.add(condition_line(condition));
  return std::stoull(hash.hex().substr(0, 16), nullptr, 16);
}

std::vector<std::int64_t> rows_of(std::span<const ConditionCells> batches) {
  std::vector<std::int64_t> rows;
  for (const auto& batch : batches) rows.insert(rows.end(), batch.rows.begin(), batch.rows.end());
  std::ranges::sort(rows);
  return rows;
}

}  // namespace

void write_profiles(const WriteRequest& request, const TrainingData& data,
                    std::span<const Predicted> predicted, const Conventions& conventions) {
  Labels labels(request.columns);
  std::vector<const double*> rows;
  const auto controls = control_conditions(data, by_context(predicted));
  for (std::size_t c = 0; c < controls.size(); ++c) {
    if (controls[c] == nullptr) continue;
    labels.add(*controls[c], request.control, "control");
    rows.push_back(data.control.view().row(static_cast<std::int64_t>(c)));
  }
  for (const auto& one : predicted) {
    for (const auto& label : one.asked.labels) {
      labels.add(one.asked.condition, label, one.rule);
      rows.push_back(one.profile.data());
    }
  }
  const auto genes = data.control.cols();
  auto x = make_host_matrix<double>(std::ssize(rows), genes);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(rows[i], genes, x.view().row(static_cast<std::int64_t>(i)));
  }
  if (conventions.data.input_type == InputType::kLognorm) {
    io::write_dense_h5ad(request.path, {.obs_names = labels.names(),
                                        .genes = data.training.genes,
                                        .x = x.view(),
                                        .layers = {},
                                        .columns = labels.columns()});
    return;
  }
  auto counts = make_host_matrix<double>(x.rows(), genes);
  for (std::int64_t i = 0; i < x.view().size(); ++i) {
    counts.view().data[i] = std::expm1(x.view().data[i]);
  }
  io::write_dense_h5ad(request.path, {.obs_names = labels.names(),
                                      .genes = data.training.genes,
                                      .x = counts.view(),
                                      .layers = {{"log1p", x.view()}},
                                      .columns = labels.columns()});
}

void write_cells(const WriteRequest& request, OpenScreens& screens, const TrainingData& data,
                 std::span<const Predicted> predicted, const Conventions& conventions) {
  const auto of_context = by_context(predicted);
  const auto controls = control_conditions(data, of_context);
  for (std::size_t c = 0; c < controls.size(); ++c) {
    const auto& context = data.training.contexts[c];
    if (controls[c] == nullptr && of_context.contains(context)) {
      throw Error(ErrorKind::kInput,
                  fmt::format("context '{}' has no control cells to make cells of; leave --cells "
                              "out",
                              context));
    }
  }
  CellFile file(request.path, screens);
  Labels labels(request.columns);
  const auto genes = static_cast<std::size_t>(data.control.cols());
  for (std::size_t c = 0; c < controls.size(); ++c) {
    if (controls[c] == nullptr) continue;
    const auto& batches = data.control_cells[c];
    const auto rows = rows_of(batches);
    const LoadedCells control =
        screens.files[static_cast<std::size_t>(batches.front().screen)]->read(rows);
    file.append(control.cells);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      labels.add(*controls[c], request.control, "control");
    }
    const std::span<const double> profile(data.control.view().row(static_cast<std::int64_t>(c)),
                                          genes);
    const CellMaker maker(request.mode, control.cells, control.row_key, profile,
                          bulk_total(conventions), request.seed);
    for (const auto* one : of_context.at(data.training.contexts[c])) {
      const auto stream = stream_of(one->asked.condition);
      const auto cells =
          request.mode == CellMode::kDonor
              ? donor_cells(screens, one->donor.value(), one->n_cells, request.seed, stream)
              : maker.make(one->profile, one->n_cells, stream);
      for (const auto& label : one->asked.labels) {
        file.append(cells.view());
        for (std::int64_t k = 0; k < one->n_cells; ++k) {
          labels.add(one->asked.condition, label, one->rule);
        }
      }
    }
  }
  file.finish(labels);
}

void write_truth(const WriteRequest& request, OpenScreens& screens, const Division& division) {
  std::set<std::string> contexts;
  for (const auto& one : division.asked) {
    if (one.n_cells() > 0) contexts.insert(model_context(one.condition));
  }
  if (contexts.empty()) {
    throw Error(ErrorKind::kInput, "the screen has no cells of any condition asked for");
  }
  CellFile file(request.path, screens);
  Labels labels(request.columns);
  const auto copy = [&](const Condition& condition, const std::string& label,
                        std::span<const ConditionCells> batches, const std::string& rule) {
    if (batches.empty()) return;
    const auto rows = rows_of(batches);
    auto& screen = *screens.files[static_cast<std::size_t>(batches.front().screen)];
    file.append(screen.read(rows).cells);
    for (std::size_t k = 0; k < rows.size(); ++k) labels.add(condition, label, rule);
  };
  for (const auto& one : division.test_control) {
    if (!contexts.contains(model_context(one.condition))) continue;
    copy(one.condition, request.control, one.batches, "control");
  }
  for (const auto& one : division.asked) {
    copy(one.condition, one.labels.front(), one.cells, "measured");
  }
  file.finish(labels);
}

}  // namespace cupel::fitting
