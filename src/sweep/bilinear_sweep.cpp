#include "sweep/bilinear_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "cupel/error.hpp"
#include "cupel/nan.hpp"
#include "linalg/products.hpp"
#include "linalg/symmetric_eigen.hpp"
#include "parallel/parallel.hpp"

namespace cupel::sweep {
namespace {

constexpr double kRankTolerance = 1e-12;

void fill_zero(MatrixView<double> a) { std::fill_n(a.data, a.size(), 0.0); }

Matrix<double> leading_columns(MatrixView<const double> a, std::int64_t cols) {
  auto result = make_host_matrix<double>(a.rows, cols);
  for (std::int64_t i = 0; i < a.rows; ++i) std::copy_n(a.row(i), cols, result.view().row(i));
  return result;
}

// Everything is a combination of the rows of Z: controls, conditions' absolute profiles, and a last
// row of ones, which is what centring over genes takes off.
struct Basis {
  Matrix<double> products;            // Z Zᵀ
  Matrix<double> at_targets;          // conditions × rows of Z: Z at each condition's targets
  std::vector<std::uint8_t> known;    // whether all its targets are measured
  std::vector<std::int64_t> control;  // the row of Z that is each condition's control
  std::int64_t conditions = 0, first = 0, ones = 0;  // first: the row of the first condition
};

Basis make_basis(const models::Training& training) {
  if (training.genes.empty()) {
    throw Error(ErrorKind::kInput, "bilinear models need the names of the genes");
  }
  const auto controls = training.control.view();
  const auto delta = training.delta.view();
  Basis basis;
  basis.conditions = delta.rows;
  basis.first = controls.rows;
  basis.ones = controls.rows + delta.rows;
  auto z = make_host_matrix<double>(basis.ones + 1, delta.cols);
  std::copy_n(controls.data, controls.size(), z.view().data);
  const auto absolute = add_controls(delta, training.conditions, training);
  std::copy_n(absolute.view().data, absolute.view().size(), z.view().row(basis.first));
  std::fill_n(z.view().row(basis.ones), delta.cols, 1.0);
  basis.products = gram(z.view());

  std::unordered_map<std::string, std::int64_t> column;
  for (std::size_t gene = 0; gene < training.genes.size(); ++gene) {
    column.emplace(training.genes[gene], static_cast<std::int64_t>(gene));
  }
  basis.at_targets = make_host_matrix<double>(delta.rows, z.rows());
  fill_zero(basis.at_targets.view());
  for (std::int64_t i = 0; i < delta.rows; ++i) {
    const auto& condition = training.conditions[static_cast<std::size_t>(i)];
    basis.control.push_back(control_row(training, condition.context));
    basis.known.push_back(1);
    for (const auto& member : condition.perturbations) {
      const auto found = column.find(member);
      if (found == column.end()) {
        basis.known.back() = 0;
        continue;
      }
      for (std::int64_t row = 0; row < z.rows(); ++row) {
        basis.at_targets.view()(i, row) += z.view()(row, found->second);
      }
    }
  }
  return basis;
}

// One fit to all but a group, for every setting.
class Fold {
 public:
  Fold(BilinearForm form, const Basis& basis, const Truth& truth,
       const std::vector<std::int64_t>& group, std::int64_t dimensions)
      : form_(form), basis_(&basis), truth_(&truth) {
    for (const auto row : group) {
      (basis.known[static_cast<std::size_t>(row)] != 0 ? asked_ : unknown_).push_back(row);
    }
    const auto fitted = all_but(group, basis.conditions);
    for (const auto row : fitted) {
      if (basis.known[static_cast<std::size_t>(row)] != 0) known_.push_back(row);
    }
    find_components(fitted, dimensions);
    find_centre(fitted);
    find_core();
  }

  [[nodiscard]] std::int64_t dimensions() const { return components_.cols(); }
  [[nodiscard]] const std::vector<std::int64_t>& unknown() const { return unknown_; }
  [[nodiscard]] const std::vector<std::int64_t>& asked() const { return asked_; }
  [[nodiscard]] bool empty() const { return known_.empty() || components_.cols() == 0; }

  // Scores of the asked rows for every gene penalty, on this thread.
  void score_penalties(std::int64_t d, std::span<const double> gene_penalties,
                       double perturbation_penalty, std::vector<std::vector<Scores>>& to) const {
    // (PPᵀ + λ)⁻¹ in the leading d dimensions.
    auto square = make_host_matrix<double>(d, d);
    for (std::int64_t i = 0; i < d; ++i) {
      std::copy_n(perturbation_products_.view().row(i), d, square.view().row(i));
    }
    const auto eigen = symmetric_eigen(square.view());
    auto turned = make_host_matrix<double>(asked_rows_.rows(), d);  // asked P Q / (Λ + λ)
    multiply_here(leading_columns(asked_rows_.view(), d).view(), eigen.vectors.view(),
                  turned.view());
    for (std::int64_t i = 0; i < turned.rows(); ++i) {
      for (std::int64_t k = 0; k < d; ++k) {
        turned.view()(i, k) /=
            std::max(0.0, eigen.values[static_cast<std::size_t>(k)]) + perturbation_penalty;
      }
    }
    auto core = make_host_matrix<double>(d, d);  // (Qᵀ Mᵀ)
    auto core_turned = make_host_matrix<double>(d, d);
    for (std::int64_t i = 0; i < d; ++i) {
      for (std::int64_t k = 0; k < d; ++k) core.view()(i, k) = core_.view()(k, i);
    }
    auto vectors_turned = make_host_matrix<double>(d, d);
    for (std::int64_t i = 0; i < d; ++i) {
      for (std::int64_t k = 0; k < d; ++k) vectors_turned.view()(i, k) = eigen.vectors.view()(k, i);
    }
    multiply_here(vectors_turned.view(), core.view(), core_turned.view());
    auto unfiltered = make_host_matrix<double>(turned.rows(), d);  // (K p)ᵀ but for the gene side
    multiply_here(turned.view(), core_turned.view(), unfiltered.view());

    const auto n = truth_->products.rows();
    const auto on_truth = leading_rows(d);
    for (std::size_t at = 0; at < gene_penalties.size(); ++at) {
      auto kappa = make_host_matrix<double>(unfiltered.rows(), d);
      for (std::int64_t i = 0; i < kappa.rows(); ++i) {
        for (std::int64_t k = 0; k < d; ++k) {
          kappa.view()(i, k) = unfiltered.view()(i, k) /
                               (gene_squares_[static_cast<std::size_t>(k)] + gene_penalties[at]);
        }
      }
      Products products = empty_products(asked_, n);
      multiply_here(kappa.view(), on_truth.view(), products.with_truth.view());
      for (std::int64_t i = 0; i < kappa.rows(); ++i) {
        const auto row = static_cast<std::size_t>(i);
        double* with = products.with_truth.view().row(i);
        const double* base = base_with_truth_.view().row(i);
        for (std::int64_t j = 0; j < n; ++j) with[j] += base[j];
        double norm = base_norm_[row];
        double sum = base_sum_[row];
        for (std::int64_t k = 0; k < d; ++k) {
          const double value = kappa.view()(i, k);
          norm += value * (value * gene_squares_[static_cast<std::size_t>(k)] +
                           2.0 * base_on_genes_.view()(i, k));
          sum += value * ones_on_genes_[static_cast<std::size_t>(k)];
        }
        const auto own = asked_[row];
        products.squared_norm[row] = norm;
        products.sum[row] = sum;
        products.squared_error[row] =
            std::max(0.0, norm - 2.0 * with[own] + truth_->products.view()(own, own));
      }
      to[at].resize(asked_.size());
      score(products, *truth_, to[at]);
    }
  }

 private:
  // G = Zᵀ · components_; products of Z with G.
  void find_components(const std::vector<std::int64_t>& fitted, std::int64_t dimensions) {
    std::vector<std::int64_t> rows;
    if (form_ == BilinearForm::kScores) {
      for (const auto row : fitted) rows.push_back(basis_->control[static_cast<std::size_t>(row)]);
      std::ranges::sort(rows);
      rows.erase(std::ranges::unique(rows).begin(), rows.end());
      n_controls_ = std::ssize(rows);
    }
    for (const auto row : fitted) rows.push_back(basis_->first + row);
    const auto c = basis_->products.view();
    const auto n = std::ssize(rows);
    const double genes = c(basis_->ones, basis_->ones);
    // Rows centred over genes, or genes centred over rows.
    auto centred = make_host_matrix<double>(n, n);
    std::vector<double> mean(static_cast<std::size_t>(n), 0.0);
    double mean_of_means = 0.0;
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        mean[static_cast<std::size_t>(i)] +=
            c(rows[static_cast<std::size_t>(i)], rows[static_cast<std::size_t>(j)]) /
            static_cast<double>(n);
      }
      mean_of_means += mean[static_cast<std::size_t>(i)] / static_cast<double>(n);
    }
    for (std::int64_t i = 0; i < n; ++i) {
      const auto a = rows[static_cast<std::size_t>(i)];
      for (std::int64_t j = 0; j < n; ++j) {
        const auto b = rows[static_cast<std::size_t>(j)];
        centred.view()(i, j) =
            form_ == BilinearForm::kScores
                ? c(a, b) - c(a, basis_->ones) * c(b, basis_->ones) / genes
                : c(a, b) -
                      (mean[static_cast<std::size_t>(i)] + mean[static_cast<std::size_t>(j)]) +
                      mean_of_means;
      }
    }
    const auto eigen =
        first_pairs(leading_part(symmetric_eigen(centred.view()), kRankTolerance), dimensions);
    const auto k = eigen.vectors.cols();
    components_ = make_host_matrix<double>(c.rows, k);
    fill_zero(components_.view());
    for (std::int64_t axis = 0; axis < k; ++axis) {
      const double square = eigen.values[static_cast<std::size_t>(axis)];
      gene_squares_.push_back(form_ == BilinearForm::kScores ? square : 1.0);
      const double scale = form_ == BilinearForm::kScores ? 1.0 : 1.0 / std::sqrt(square);
      double total = 0.0;
      double on_ones = 0.0;
      for (std::int64_t i = 0; i < n; ++i) {
        const auto row = rows[static_cast<std::size_t>(i)];
        const double value = scale * eigen.vectors.view()(i, axis);
        components_.view()(row, axis) = value;
        total += value;
        on_ones += value * c(row, basis_->ones) / genes;
      }
      if (form_ == BilinearForm::kScores) {
        components_.view()(basis_->ones, axis) = -on_ones;
      } else {
        for (const auto row : rows) {
          components_.view()(row, axis) -= total / static_cast<double>(n);
        }
      }
    }
    on_genes_ = multiply(c, components_.view());
    for (std::int64_t axis = 0; axis < k; ++axis) {
      ones_on_genes_.push_back(on_genes_.view()(basis_->ones, axis));
    }
  }

  // b as a combination of rows of Z, and what is predicted before the components: b, or of the
  // absolute form b less the control.
  void find_centre(const std::vector<std::int64_t>&) {
    const auto n = static_cast<double>(n_controls_ + std::ssize(known_));
    centre_.assign(static_cast<std::size_t>(basis_->ones + 1), 0.0);
    for (const auto row : known_) {
      centre_[static_cast<std::size_t>(basis_->first + row)] += 1.0 / n;
      if (form_ == BilinearForm::kScores) {
        centre_[static_cast<std::size_t>(basis_->control[static_cast<std::size_t>(row)])] -=
            1.0 / n;
      }
    }
    auto base = make_host_matrix<double>(std::ssize(asked_), basis_->ones + 1);
    for (std::int64_t i = 0; i < base.rows(); ++i) {
      std::ranges::copy(centre_, base.view().row(i));
      if (form_ == BilinearForm::kLoadings) {
        const auto own = asked_[static_cast<std::size_t>(i)];
        base.view()(i, basis_->control[static_cast<std::size_t>(own)]) -= 1.0;
      }
    }
    const auto with_rows = multiply(base.view(), basis_->products.view());
    base_with_truth_ = make_host_matrix<double>(base.rows(), basis_->conditions);
    for (std::int64_t i = 0; i < base.rows(); ++i) {
      double norm = 0.0;
      for (std::int64_t row = 0; row <= basis_->ones; ++row) {
        norm += with_rows.view()(i, row) * base.view()(i, row);
      }
      base_norm_.push_back(norm);
      base_sum_.push_back(with_rows.view()(i, basis_->ones));
      for (std::int64_t j = 0; j < basis_->conditions; ++j) {
        base_with_truth_.view()(i, j) =
            with_rows.view()(i, basis_->first + j) -
            with_rows.view()(i, basis_->control[static_cast<std::size_t>(j)]);
      }
    }
    base_on_genes_ = multiply(base.view(), on_genes_.view());
  }

  void find_core() {
    const auto k = components_.cols();
    const auto rows = multiply(basis_->at_targets.view(), components_.view());  // P of all
    truth_on_genes_ = make_host_matrix<double>(k, basis_->conditions);          // Gᵀ y
    for (std::int64_t j = 0; j < basis_->conditions; ++j) {
      const auto control = basis_->control[static_cast<std::size_t>(j)];
      for (std::int64_t axis = 0; axis < k; ++axis) {
        truth_on_genes_.view()(axis, j) =
            on_genes_.view()(basis_->first + j, axis) - on_genes_.view()(control, axis);
      }
    }
    std::vector<double> centre_on_genes(static_cast<std::size_t>(k), 0.0);
    for (std::int64_t row = 0; row <= basis_->ones; ++row) {
      for (std::int64_t axis = 0; axis < k; ++axis) {
        centre_on_genes[static_cast<std::size_t>(axis)] +=
            centre_[static_cast<std::size_t>(row)] * on_genes_.view()(row, axis);
      }
    }
    auto targets = make_host_matrix<double>(std::ssize(known_), k);  // Gᵀ (Y - b)
    auto perturbations = make_host_matrix<double>(std::ssize(known_), k);
    for (std::size_t i = 0; i < known_.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      std::copy_n(rows.view().row(known_[i]), k, perturbations.view().row(at));
      for (std::int64_t axis = 0; axis < k; ++axis) {
        const double y = form_ == BilinearForm::kScores
                             ? truth_on_genes_.view()(axis, known_[i])
                             : on_genes_.view()(basis_->first + known_[i], axis);
        targets.view()(at, axis) = y - centre_on_genes[static_cast<std::size_t>(axis)];
      }
    }
    core_ = transposed_multiply(targets.view(), perturbations.view());
    perturbation_products_ = transposed_multiply(perturbations.view(), perturbations.view());
    asked_rows_ = make_host_matrix<double>(std::ssize(asked_), k);
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      std::copy_n(rows.view().row(asked_[i]), k,
                  asked_rows_.view().row(static_cast<std::int64_t>(i)));
    }
  }

  [[nodiscard]] Matrix<double> leading_rows(std::int64_t d) const {
    auto result = make_host_matrix<double>(d, truth_on_genes_.cols());
    std::copy_n(truth_on_genes_.view().data, result.view().size(), result.view().data);
    return result;
  }

  BilinearForm form_;
  const Basis* basis_;
  const Truth* truth_;
  std::vector<std::int64_t> asked_, unknown_, known_;
  std::int64_t n_controls_ = 0;
  Matrix<double> components_, on_genes_;
  std::vector<double> gene_squares_, ones_on_genes_, centre_;
  Matrix<double> base_with_truth_, base_on_genes_;
  std::vector<double> base_norm_, base_sum_;
  Matrix<double> truth_on_genes_, core_, perturbation_products_, asked_rows_;
};

}  // namespace

std::vector<std::vector<Scores>> bilinear_scores(BilinearForm form,
                                                 const models::Training& training,
                                                 const BilinearGrid& grid, const Groups& groups,
                                                 const Truth& truth) {
  check_training(training);
  const Basis basis = make_basis(training);
  const auto n = static_cast<std::size_t>(basis.conditions);
  const auto n_genes = grid.gene_penalties.size();
  const auto n_perturbations = grid.perturbation_penalties.size();
  std::vector<std::vector<Scores>> scores(
      grid.dimensions.size() * n_genes * n_perturbations,
      std::vector<Scores>(n, Scores{kNaN, kNaN, kNaN, kNaN, kNaN}));
  const auto widest = grid.dimensions.empty() ? 0 : *std::ranges::max_element(grid.dimensions);
  for_each_chunk(std::ssize(groups), 1, [&](std::int64_t number, std::int64_t) {
    const Fold fold(form, basis, truth, groups[static_cast<std::size_t>(number)], widest);
    if (fold.empty()) return;
    for_each_chunk(std::ssize(grid.dimensions) * static_cast<std::int64_t>(n_perturbations), 1,
                   [&](std::int64_t at, std::int64_t) {
                     const auto dimension = static_cast<std::size_t>(at) / n_perturbations;
                     const auto penalty = static_cast<std::size_t>(at) % n_perturbations;
                     std::vector<std::vector<Scores>> found(n_genes);
                     fold.score_penalties(std::min(grid.dimensions[dimension], fold.dimensions()),
                                          grid.gene_penalties, grid.perturbation_penalties[penalty],
                                          found);
                     for (std::size_t gene = 0; gene < n_genes; ++gene) {
                       auto& to = scores[(dimension * n_genes + gene) * n_perturbations + penalty];
                       for (std::size_t i = 0; i < fold.asked().size(); ++i) {
                         to[static_cast<std::size_t>(fold.asked()[i])] = found[gene][i];
                       }
                     }
                   });
  });
  return scores;
}

std::vector<BilinearSetting> sweep_bilinear(BilinearForm form, const models::Training& training,
                                            const BilinearGrid& grid, const Groups& groups) {
  const auto scores =
      bilinear_scores(form, training, grid, groups, make_truth(training.delta.view()));
  const auto n_genes = grid.gene_penalties.size();
  const auto n_perturbations = grid.perturbation_penalties.size();
  std::vector<BilinearSetting> result;
  for (std::size_t dimension = 0; dimension < grid.dimensions.size(); ++dimension) {
    for (std::size_t gene = 0; gene < n_genes; ++gene) {
      for (std::size_t penalty = 0; penalty < n_perturbations; ++penalty) {
        result.push_back(
            {grid.dimensions[dimension], grid.gene_penalties[gene],
             grid.perturbation_penalties[penalty],
             mean_of(scores[(dimension * n_genes + gene) * n_perturbations + penalty])});
      }
    }
  }
  return result;
}

}  // namespace cupel::sweep
