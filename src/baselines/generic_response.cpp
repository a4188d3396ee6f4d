#include "baselines/generic_response.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cupel/error.hpp"
#include "parallel/parallel.hpp"
#include "random/numpy_random.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kCellsPerChunk = 256;

// Means over rows, minus `origin` where there is one.
std::vector<double> column_means(MatrixView<const double> rows, const double* origin,
                                 const double* extra_row) {
  std::vector<double> mean(static_cast<std::size_t>(rows.cols), 0.0);
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    for (std::int64_t gene = 0; gene < rows.cols; ++gene) {
      mean[static_cast<std::size_t>(gene)] +=
          rows(row, gene) - (origin == nullptr ? 0.0 : origin[gene]);
    }
  }
  const auto n = static_cast<double>(rows.rows + (extra_row == nullptr ? 0 : 1));
  for (std::int64_t gene = 0; gene < rows.cols; ++gene) {
    auto& value = mean[static_cast<std::size_t>(gene)];
    value = (value + (extra_row == nullptr ? 0.0 : extra_row[gene])) / n;
  }
  return mean;
}

}  // namespace

ResponseProfile generic_response(MatrixView<const double> means,
                                 std::span<const std::int32_t> own_gene,
                                 std::span<const std::string> genes) {
  std::vector<double> sum(static_cast<std::size_t>(means.cols), 0.0);
  std::vector<std::int64_t> n(sum.size(), 0);
  for (std::int64_t row = 0; row < means.rows; ++row) {
    for (std::int64_t gene = 0; gene < means.cols; ++gene) {
      if (own_gene[static_cast<std::size_t>(row)] == gene) continue;
      sum[static_cast<std::size_t>(gene)] += means(row, gene);
      ++n[static_cast<std::size_t>(gene)];
    }
  }
  ResponseProfile profile;
  profile.n_left_out = std::ranges::count_if(own_gene, [](std::int32_t gene) { return gene >= 0; });
  if (profile.n_left_out == 0) {
    throw Error(
        ErrorKind::kInput,
        "no perturbation label names a gene, so own genes cannot be left out of the generic "
        "response; give --target-gene-map");
  }
  for (std::size_t gene = 0; gene < sum.size(); ++gene) {
    if (n[gene] == 0) {
      throw Error(ErrorKind::kInput,
                  fmt::format("gene '{}' is the own gene of every perturbation, so the generic "
                              "response has no value for it; add perturbations",
                              genes[gene]));
    }
    profile.gene.push_back(sum[gene] / static_cast<double>(n[gene]));
  }
  return profile;
}

std::vector<double> v1_mean_profile(MatrixView<const double> perturbations,
                                    MatrixView<const double> control) {
  return column_means(perturbations, nullptr, control.row(0));
}

std::vector<double> v1_mean_effect(MatrixView<const double> perturbations,
                                   MatrixView<const double> control) {
  return column_means(perturbations, control.row(0), nullptr);
}

std::vector<double> emission_scale(std::span<const double> profile,
                                   std::span<const double> control_mean) {
  std::vector<double> scale(profile.size(), 0.0);
  for (std::size_t gene = 0; gene < scale.size(); ++gene) {
    if (control_mean[gene] > 0.0) scale[gene] = profile[gene] / control_mean[gene];
  }
  return scale;
}

std::vector<std::int64_t> draw_control_rows(std::span<const std::int64_t> group_sizes,
                                            std::int64_t n_control, std::uint64_t seed) {
  std::vector<std::int64_t> rows;
  NumpyRandom random(seed);
  for (const std::int64_t size : group_sizes) {
    for (std::int64_t cell = 0; cell < size; ++cell) {
      rows.push_back(
          static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(n_control))));
    }
  }
  return rows;
}

Cells scale_cells(CellsView control, std::span<const std::int64_t> rows,
                  std::span<const double> scale) {
  const auto n_cells = std::ssize(rows);
  Cells cells;
  cells.n_genes = control.n_genes;
  cells.gene_type = control.gene_type;
  cells.value_type = ValueType::kF32;
  cells.row_begin = make_host_buffer<std::int64_t>(n_cells);
  cells.row_length = make_host_buffer<std::int32_t>(n_cells);
  std::int64_t at_most = 0;
  for (std::int64_t cell = 0; cell < n_cells; ++cell) {
    cells.row_begin.data()[cell] = at_most;
    at_most += control.row_length[rows[static_cast<std::size_t>(cell)]];
  }
  cells.genes = make_host_buffer<std::byte>(at_most * bytes_of(cells.gene_type));
  cells.values = make_host_buffer<std::byte>(at_most * bytes_of(ValueType::kF32));
  auto* values = reinterpret_cast<float*>(cells.values.data());
  visit(control, [&]<typename Gene, typename Value>(const TypedCells<Gene, Value>& typed) {
    auto* genes = reinterpret_cast<Gene*>(cells.genes.data());
    for_each_chunk(n_cells, kCellsPerChunk, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t cell = first; cell < last; ++cell) {
        const std::int64_t row = rows[static_cast<std::size_t>(cell)];
        const std::int64_t begin = typed.row_begin[row];
        std::int64_t at = cells.row_begin.data()[cell];
        for (std::int64_t i = begin; i < begin + typed.row_length[row]; ++i) {
          const auto gene = typed.genes[i];
          const auto value = static_cast<float>(static_cast<double>(typed.values[i]) * scale[gene]);
          if (value == 0.0F) continue;
          genes[at] = gene;
          values[at++] = value;
        }
        cells.row_length.data()[cell] =
            static_cast<std::int32_t>(at - cells.row_begin.data()[cell]);
      }
    });
  });
  return cells;
}

}  // namespace cupel
