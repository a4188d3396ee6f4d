#include "sweep/device.hpp"

#include "linalg/products.hpp"

namespace cupel::sweep {
namespace {

using View = MatrixView<const double>;
using math::EffectScores;

// As the op's rows lie.
static_assert(sizeof(EffectScores) == math::kEffectScores * sizeof(double));

Matrix<double> brought(Backend& backend, View there) {
  auto here = make_host_matrix<double>(there.rows, there.cols);
  backend.download(there, {here.view().data, static_cast<std::size_t>(there.size())});
  return here;
}

}  // namespace

// The CPU multiplies either way round; a GPU by its one op, of matrices that are turned first.
Matrix<double> Device::multiply(View a, View b) const {
  return is_here() ? host_algebra().multiply(a, b) : multiply_transposed(a, transposed(b).view());
}
Matrix<double> Device::transposed_multiply(View a, View b) const {
  return is_here() ? host_algebra().transposed_multiply(a, b)
                   : multiply_transposed(transposed(a).view(), transposed(b).view());
}

Matrix<double> Device::multiply_transposed(View a, View b) const {
  if (is_here()) return host_algebra().multiply_transposed(a, b);
  const std::scoped_lock turn(turn_);
  const auto a_there = backend_->upload(a);
  const auto b_there = backend_->upload(b);
  return brought(*backend_, backend_->multiply_transposed(a_there.view(), b_there.view()).view());
}

Matrix<double> Device::gram(View a) const {
  if (is_here()) return host_algebra().gram(a);
  Matrix<double> result;
  {
    const std::scoped_lock turn(turn_);
    const auto there = backend_->upload(a);
    result = brought(*backend_, backend_->multiply_transposed(there.view(), there.view()).view());
  }
  for (std::int64_t i = 0; i < result.rows(); ++i) {
    for (std::int64_t j = 0; j < i; ++j) result.view()(i, j) = result.view()(j, i);
  }
  return result;
}

SymmetricEigen Device::symmetric_eigen(View matrix) const {
  if (is_here()) return host_algebra().symmetric_eigen(matrix);
  const std::scoped_lock turn(turn_);
  const auto there = backend_->upload(matrix);
  const auto pairs = backend_->symmetric_eigen(there.view());
  SymmetricEigen eigen{std::vector<double>(static_cast<std::size_t>(matrix.rows)),
                       brought(*backend_, pairs.vectors.view())};
  backend_->download(pairs.values.view(), eigen.values);
  return eigen;
}

std::vector<EffectScores> Device::score_penalties(const PenaltyPath& path,
                                                  std::span<const double> penalties) const {
  std::vector<EffectScores> scores(penalties.size() * path.row.size());
  const auto ask = [&](const PenaltyPath& there) {
    const auto found = backend_->score_penalties(there, penalties);
    backend_->download(found.view(), {reinterpret_cast<double*>(scores.data()),
                                      static_cast<std::size_t>(found.view().size())});
  };
  if (is_here()) {
    ask(path);
    return scores;
  }
  const std::scoped_lock turn(turn_);
  std::vector<Matrix<double>> uploaded;
  PenaltyPath there = path;
  for (View* view : {&there.values, &there.coordinates, &there.truth, &there.half_inner, &there.sum,
                     &there.base_truth, &there.base_inner, &there.base_products, &there.base_sum,
                     &there.products, &there.true_sum, &there.vectors, &there.reach}) {
    uploaded.push_back(backend_->upload(*view));
    *view = uploaded.back().view();
  }
  ask(there);
  return scores;
}

}  // namespace cupel::sweep
