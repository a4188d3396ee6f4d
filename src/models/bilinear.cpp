#include "models/bilinear.hpp"

#include <algorithm>
#include <limits>

#include "cupel/error.hpp"
#include "linalg/products.hpp"
#include "linalg/solve.hpp"
#include "models/entries.hpp"
#include "models/features.hpp"
#include "models/gene_scores.hpp"
#include "models/principal_axes.hpp"

// Two baselines travel under the name of the bilinear linear model (A7). `scores`: genes are
// embedded by U·S of profiles centred per condition, controls among them, and effects are fitted,
// the controls' zero effects too. `loadings`: genes are embedded by orthonormal axes of profiles
// centred per gene, without controls, and absolute profiles are fitted; the same penalty shrinks
// far harder there. A perturbation is the row of the gene it targets; a combination their sum.
namespace cupel::models {
namespace {

void add_to_diagonal(MatrixView<double> square, double value) {
  for (std::int64_t i = 0; i < square.rows; ++i) square(i, i) += value;
}

}  // namespace

Bilinear solve_bilinear(MatrixView<const double> genes, MatrixView<const double> perturbations,
                        MatrixView<const double> y, double gene_penalty,
                        double perturbation_penalty) {
  Bilinear model;
  model.centre.assign(static_cast<std::size_t>(y.cols), 0.0);
  for (std::int64_t i = 0; i < y.rows; ++i) {
    for (std::int64_t gene = 0; gene < y.cols; ++gene) {
      model.centre[static_cast<std::size_t>(gene)] += y(i, gene) / static_cast<double>(y.rows);
    }
  }
  auto centred = make_host_matrix<double>(y.rows, y.cols);
  for (std::int64_t i = 0; i < y.rows; ++i) {
    for (std::int64_t gene = 0; gene < y.cols; ++gene) {
      centred.view()(i, gene) = y(i, gene) - model.centre[static_cast<std::size_t>(gene)];
    }
  }
  auto of_genes = transposed_multiply(genes, genes);
  add_to_diagonal(of_genes.view(), gene_penalty);
  auto of_perturbations = transposed_multiply(perturbations, perturbations);
  add_to_diagonal(of_perturbations.view(), perturbation_penalty);
  const auto products =  // Gᵀ (Y - b) Pᵀ, where our y and perturbations lie the other way
      transposed_multiply(multiply(centred.view(), genes).view(), perturbations);
  const auto left = solve_positive(of_genes.view(), products.view());
  model.core =
      transposed(solve_positive(of_perturbations.view(), transposed(left.view()).view()).view());
  return model;
}

Matrix<double> predict_bilinear(const Bilinear& model, MatrixView<const double> genes,
                                MatrixView<const double> perturbations) {
  auto result =
      multiply_transposed(multiply_transposed(perturbations, model.core.view()).view(), genes);
  for (std::int64_t i = 0; i < result.rows(); ++i) {
    for (std::int64_t gene = 0; gene < result.cols(); ++gene) {
      result.view()(i, gene) += model.centre[static_cast<std::size_t>(gene)];
    }
  }
  return result;
}

namespace {

enum class Form { kScores, kLoadings };

class BilinearModel final : public Model {
 public:
  BilinearModel(const Training& training, const Settings& settings, Form form)
      : training_(&training), form_(form), fallback_(fallback_of(settings)) {
    const auto k = settings.whole("k");
    if (training.genes.empty()) {
      throw Error(ErrorKind::kInput, "bilinear models need the names of the genes");
    }
    for (std::size_t gene = 0; gene < training.genes.size(); ++gene) {
      target_row_.emplace(training.genes[gene], static_cast<std::int64_t>(gene));
    }
    const auto absolute = add_controls(training.delta.view(), training.conditions, training);
    genes_ = form == Form::kScores ? gene_scores(training, k)
                                   : principal_axes(absolute.view(), k, *training.algebra).axes;
    perturbation_rows_ = &genes_;
    if (const auto& from = settings.text("perturbations"); from != "training") {
      const auto found = training.tables.find(from);
      if (found == training.tables.end()) {
        throw Error(ErrorKind::kInput, "there is no feature table named '" + from + "'");
      }
      target_row_ = found->second.row;
      perturbation_rows_ = &found->second.values;
    }
    fit(absolute.view(), settings);
  }

  [[nodiscard]] Prediction predict(std::span<const Condition> asked) const override {
    const FeatureRows rows = rows_of(asked);
    Prediction prediction{predict_bilinear(fitted_, genes_.view(), rows.values.view()),
                          std::vector<Rung>(asked.size(), Rung::kFeatures)};
    const auto delta = prediction.delta.view();
    for (std::size_t i = 0; i < asked.size(); ++i) {
      double* row = delta.row(static_cast<std::int64_t>(i));
      if (rows.known[i] == 0) {
        prediction.rung[i] = fall_back(row);
      } else if (form_ == Form::kLoadings) {
        const double* control =
            training_->control.view().row(control_row(*training_, asked[i].context));
        for (std::int64_t gene = 0; gene < delta.cols; ++gene) row[gene] -= control[gene];
      }
    }
    return prediction;
  }

 private:
  [[nodiscard]] FeatureRows rows_of(std::span<const Condition> conditions) const {
    const auto from = perturbation_rows_->view();
    FeatureRows rows{make_host_matrix<double>(std::ssize(conditions), from.cols),
                     std::vector<std::uint8_t>(conditions.size(), 1)};
    std::fill_n(rows.values.view().data, rows.values.view().size(), 0.0);
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      double* row = rows.values.view().row(static_cast<std::int64_t>(i));
      for (const auto& member : conditions[i].perturbations) {
        const auto found = target_row_.find(member);
        if (found == target_row_.end()) {
          rows.known[i] = 0;
          continue;
        }
        for (std::int64_t k = 0; k < from.cols; ++k) row[k] += from(found->second, k);
      }
    }
    return rows;
  }

  // The conditions whose targets are measured; of `scores` also the controls, without effect.
  void fit(MatrixView<const double> absolute, const Settings& settings) {
    const FeatureRows all = rows_of(training_->conditions);
    std::vector<std::int64_t> known;
    for (std::size_t i = 0; i < all.known.size(); ++i) {
      if (all.known[i] != 0) known.push_back(static_cast<std::int64_t>(i));
    }
    if (known.empty()) {
      throw Error(ErrorKind::kInput, "no training condition's target is a measured gene");
    }
    const auto controls =
        form_ == Form::kScores ? std::ssize(used_controls(*training_)) : std::int64_t{0};
    const auto n = controls + std::ssize(known);
    auto p = make_host_matrix<double>(n, all.values.cols());
    auto y = make_host_matrix<double>(n, absolute.cols);
    std::fill_n(p.view().data, controls * p.cols(), 0.0);
    std::fill_n(y.view().data, controls * y.cols(), 0.0);
    const auto from = form_ == Form::kScores ? training_->delta.view() : absolute;
    for (std::size_t i = 0; i < known.size(); ++i) {
      const auto to = controls + static_cast<std::int64_t>(i);
      std::copy_n(all.values.view().row(known[i]), p.cols(), p.view().row(to));
      std::copy_n(from.row(known[i]), y.cols(), y.view().row(to));
    }
    fitted_ = solve_bilinear(genes_.view(), p.view(), y.view(), settings.number("lambda-genes"),
                             settings.number("lambda-perturbations"));
  }

  Rung fall_back(double* row) const {
    const auto delta = training_->delta.view();
    const double start =
        fallback_ == Fallback::kNone ? std::numeric_limits<double>::quiet_NaN() : 0.0;
    std::fill_n(row, delta.cols, start);
    if (fallback_ == Fallback::kNone) return Rung::kNone;
    if (fallback_ == Fallback::kNoChange) return Rung::kNoChange;
    for (std::int64_t i = 0; i < delta.rows; ++i) {
      for (std::int64_t gene = 0; gene < delta.cols; ++gene) {
        row[gene] += delta(i, gene) / static_cast<double>(delta.rows);
      }
    }
    return Rung::kGlobal;
  }

  const Training* training_;
  Form form_;
  Fallback fallback_;
  Matrix<double> genes_;
  const Matrix<double>* perturbation_rows_ = nullptr;
  std::map<std::string, std::int64_t> target_row_;
  Bilinear fitted_;
};

template <Form form>
ModelEntry entry(std::string_view name, std::string_view summary) {
  return {name,
          summary,
          {Rung::kFeatures, Rung::kGlobal, Rung::kNoChange, Rung::kNone},
          {{"k", "10", "components"},
           {"lambda-genes", "0.1", "the penalty on the genes' side"},
           {"lambda-perturbations", "0.1", "the penalty on the perturbations' side"},
           {"perturbations", "training", "their embedding: training, or the name of a table"},
           kFallbackSetting},
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<BilinearModel>(training, settings, form);
          }};
}

}  // namespace

ModelEntry bilinear_scores_entry() {
  return entry<Form::kScores>("bilinear_scores",
                              "low-rank bilinear model; genes embedded by their scores");
}
ModelEntry bilinear_loadings_entry() {
  return entry<Form::kLoadings>("bilinear_loadings",
                                "low-rank bilinear model; genes embedded by orthonormal loadings");
}

}  // namespace cupel::models
