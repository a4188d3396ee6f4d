#include "fitting/made_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "cupel/error.hpp"
#include "models/exact_shift.hpp"
#include "parallel/parallel.hpp"
#include "random/philox.hpp"

namespace cupel::fitting {
namespace {

constexpr CellMode kModes[] = {CellMode::kShiftExact,  CellMode::kShift, CellMode::kGauss,
                               CellMode::kScaleCounts, CellMode::kScale, CellMode::kConstant};

bool fits(CellMode mode, InputType input) {
  const bool counts = mode == CellMode::kScaleCounts || mode == CellMode::kScale;
  return counts == (input == InputType::kCounts);
}

double uniform(PhiloxStream& random) {  // in (0, 1)
  return (static_cast<double>(random.next()) + 0.5) / 4294967296.0;
}

double normal(PhiloxStream& random) {
  const double radius = std::sqrt(-2.0 * std::log(uniform(random)));
  return radius * std::cos(2.0 * std::numbers::pi * uniform(random));
}

// Knuth's products of uniform numbers; a large mean as a sum of smaller ones.
double poisson(PhiloxStream& random, double mean) {
  constexpr double kLargest = 30.0;
  double count = 0.0;
  for (; mean > kLargest; mean -= kLargest) count += poisson(random, kLargest);
  const double end = std::exp(-mean);
  for (double product = uniform(random); product > end; product *= uniform(random)) count += 1.0;
  return count;
}

double thinned(PhiloxStream& random, double count, double kept) {
  double left = 0.0;
  for (double i = 0.0; i < count; i += 1.0) left += uniform(random) < kept ? 1.0 : 0.0;
  return left;
}

// One cell's counts, from those of the control to the ratio of linear profiles. A gene that no
// control cell has gets its share of the cell's total.
void scale_counts(std::span<const double> linear, std::span<const double> control, double total,
                  PhiloxStream& random, double* cell) {
  double own = 0.0;
  for (std::size_t g = 0; g < linear.size(); ++g) own += cell[g];
  for (std::size_t g = 0; g < linear.size(); ++g) {
    if (control[g] <= 0.0) {
      if (linear[g] > 0.0) cell[g] = poisson(random, linear[g] / total * own);
      continue;
    }
    const double ratio = linear[g] / control[g];
    if (cell[g] == 0.0 || ratio == 1.0) continue;
    cell[g] = ratio < 1.0 ? thinned(random, cell[g], ratio)
                          : cell[g] + poisson(random, cell[g] * (ratio - 1.0));
  }
}

std::vector<double> linear_of(std::span<const double> profile) {
  std::vector<double> linear;
  for (const double value : profile) linear.push_back(std::max(0.0, std::expm1(value)));
  return linear;
}

std::vector<double> deviations(const Cells& cells) {
  const auto genes = static_cast<std::size_t>(cells.n_genes);
  std::vector<double> sum(genes, 0.0);
  std::vector<double> squares(genes, 0.0);
  double n = 0.0;
  visit(cells.view(), [&](const auto& typed) {
    n = static_cast<double>(typed.rows);
    for (int turn = 0; turn < 2; ++turn) {
      for (std::int64_t row = 0; row < typed.rows; ++row) {
        const auto begin = typed.row_begin[row];
        for (auto i = begin; i < begin + typed.row_length[row]; ++i) {
          const auto gene = static_cast<std::size_t>(typed.genes[i]);
          const auto value = static_cast<double>(typed.values[i]);
          if (turn == 0) {
            sum[gene] += value;
          } else {
            const double mean = sum[gene] / n;
            squares[gene] +=
                (value - mean) * (value - mean) - mean * mean;  // what is not stored: 0
          }
        }
      }
    }
  });
  for (std::size_t g = 0; g < genes; ++g) {
    const double mean = sum[g] / n;
    squares[g] = n < 2.0 ? 0.0 : std::sqrt(std::max(0.0, squares[g] + n * mean * mean) / (n - 1.0));
  }
  return squares;
}

}  // namespace

std::string_view mode_name(CellMode mode) {
  switch (mode) {
    case CellMode::kShiftExact:
      return "shift-exact";
    case CellMode::kShift:
      return "shift";
    case CellMode::kGauss:
      return "gauss";
    case CellMode::kScaleCounts:
      return "scale-counts";
    case CellMode::kScale:
      return "scale";
    case CellMode::kConstant:
      return "constant";
    case CellMode::kDonor:
      return "donor";
  }
  return "constant";
}

CellMode parse_mode(std::string_view name, InputType input, bool donors) {
  std::string known;
  if (donors && name == mode_name(CellMode::kDonor)) return CellMode::kDonor;
  for (const auto mode : kModes) {
    if (!fits(mode, input)) continue;
    if (name.empty() || name == mode_name(mode)) return mode;
    known.append(known.empty() ? "" : ", ").append(mode_name(mode));
  }
  if (donors) known.append(", ").append(mode_name(CellMode::kDonor));
  throw Error(ErrorKind::kUsage,
              fmt::format("no --mode '{}' of {}; known: {}", name,
                          input == InputType::kCounts ? "counts" : "log expression", known));
}

Matrix<double> dense_rows(const Cells& cells, std::span<const std::int64_t> rows) {
  auto result = make_host_matrix<double>(std::ssize(rows), cells.n_genes);
  std::fill_n(result.view().data, result.view().size(), 0.0);
  visit(cells.view(), [&](const auto& typed) {
    for (std::size_t k = 0; k < rows.size(); ++k) {
      double* to = result.view().row(static_cast<std::int64_t>(k));
      const auto begin = typed.row_begin[rows[k]];
      for (auto i = begin; i < begin + typed.row_length[rows[k]]; ++i) {
        to[typed.genes[i]] = static_cast<double>(typed.values[i]);
      }
    }
  });
  return result;
}

CellMaker::CellMaker(CellMode mode, const Cells& control, std::span<const std::uint64_t> row_key,
                     std::span<const double> control_profile, double bulk_total, std::uint64_t seed)
    : mode_(mode),
      control_(control),
      order_(static_cast<std::size_t>(control.view().rows)),
      profile_(control_profile.begin(), control_profile.end()),
      bulk_total_(bulk_total),
      seed_(seed) {
  std::iota(order_.begin(), order_.end(), 0);
  if (!row_key.empty()) {
    std::ranges::stable_sort(
        order_, {}, [&](std::int64_t row) { return row_key[static_cast<std::size_t>(row)]; });
  }
  if (mode_ == CellMode::kGauss) deviation_ = deviations(control);
}

Matrix<double> CellMaker::drawn(std::int64_t n, std::uint64_t stream) const {
  const auto n_control = static_cast<std::uint32_t>(order_.size());
  PhiloxStream random(seed_, stream, 0);
  std::vector<std::int64_t> rows;
  for (std::int64_t cell = 0; cell < n; ++cell) rows.push_back(order_[random.below(n_control)]);
  return dense_rows(control_, rows);
}

Matrix<double> CellMaker::make(std::span<const double> profile, std::int64_t n,
                               std::uint64_t stream) const {
  const auto genes = std::ssize(profile);
  const bool of_counts = mode_ == CellMode::kScaleCounts || mode_ == CellMode::kScale;
  if (mode_ == CellMode::kShiftExact)
    return models::shifted_cells(drawn(n, stream).view(), profile);
  auto cells = mode_ == CellMode::kConstant || mode_ == CellMode::kGauss
                   ? make_host_matrix<double>(n, genes)
                   : drawn(n, stream);
  const auto linear = of_counts ? linear_of(profile) : std::vector<double>();
  const auto control = of_counts ? linear_of(profile_) : std::vector<double>();
  for_each_chunk(n, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      PhiloxStream random(seed_, stream, static_cast<std::uint32_t>(i) + 1);
      double* cell = cells.view().row(i);
      if (mode_ == CellMode::kScaleCounts) {
        scale_counts(linear, control, bulk_total_, random, cell);
        continue;
      }
      for (std::int64_t gene = 0; gene < genes; ++gene) {
        const auto g = static_cast<std::size_t>(gene);
        if (mode_ == CellMode::kConstant) {
          cell[gene] = profile[g];
        } else if (mode_ == CellMode::kScale) {
          cell[gene] *= control[g] > 0.0 ? linear[g] / control[g] : 0.0;
        } else if (mode_ == CellMode::kShift) {
          cell[gene] = std::max(0.0, cell[gene] + profile[g] - profile_[g]);
        } else {
          cell[gene] = std::max(0.0, profile[g] + deviation_[g] * normal(random));
        }
      }
    }
  });
  return cells;
}

}  // namespace cupel::fitting
