#include "cuda_backend.hpp"
#include "elementwise.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

// A list that is null takes all rows, or all columns.
__global__ void copy_selected(MatrixView<const double> a, const std::int32_t* rows,
                              const std::int32_t* cols, MatrixView<double> out) {
  for_each_element(out.rows, out.cols, [&](std::int64_t row, std::int64_t col) {
    out(row, col) = a(rows == nullptr ? row : rows[row], cols == nullptr ? col : cols[col]);
  });
}

}  // namespace

Matrix<double> CudaBackend::select(MatrixView<const double> a, std::span<const std::int32_t> rows,
                                   std::span<const std::int32_t> cols) {
  const bool all_rows = rows.data() == nullptr;
  const bool all_cols = cols.data() == nullptr;
  auto out = make_device_matrix<double>(*memory_,
                                        all_rows ? a.rows : static_cast<std::int64_t>(rows.size()),
                                        all_cols ? a.cols : static_cast<std::int64_t>(cols.size()));
  const auto row_list = to_device(rows);
  const auto col_list = to_device(cols);
  launch(stream_, copy_selected, element_grid(out.rows(), out.cols()), kElementBlock, 0, a,
         all_rows ? nullptr : row_list.data(), all_cols ? nullptr : col_list.data(), out.view());
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
