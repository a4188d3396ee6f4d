#include "io/matrix_reader.hpp"

#include <fmt/format.h>

namespace cupel::io {
namespace {

// What a sparse group says of itself, in today's words or those of anndata before 0.7.
std::optional<std::string> sparse_layout(const Attributes& group) {
  if (const auto encoding = group.text("encoding-type")) return encoding;
  if (const auto format = group.text("h5sparse_format")) return *format + "_matrix";
  return std::nullopt;
}

void check_shape(const Where& where, Shape stated, Shape shape) {
  if (stated.n_cells == shape.n_cells && stated.n_genes == shape.n_genes) return;
  throw damaged(where, fmt::format("its shape is {} x {}, but obs has {} cells and var {} genes",
                                   stated.n_cells, stated.n_genes, shape.n_cells, shape.n_genes));
}

std::unique_ptr<MatrixReader> open_sparse(const Hdf5File& file, const std::string& path,
                                          Shape shape) {
  const Where where = file.where(path);
  const Attributes attributes = file.attributes(path);
  const auto layout = sparse_layout(attributes);
  if (!layout) throw not_supported(where, "is a group that does not say what it holds");
  if (*layout != "csr_matrix" && *layout != "csc_matrix") {
    throw not_supported(where, fmt::format("is stored as '{}'; csr_matrix, csc_matrix or a dense "
                                           "array is needed",
                                           *layout));
  }
  auto stated = attributes.integers("shape");
  if (!stated) stated = attributes.integers("h5sparse_shape");
  if (!stated || stated->size() != 2) throw damaged(where, "it does not state its shape");
  check_shape(where, {(*stated)[0], (*stated)[1]}, shape);
  return *layout == "csr_matrix" ? open_csr(file, path, shape) : open_csc(file, path, shape);
}

}  // namespace

std::unique_ptr<MatrixReader> open_matrix(const Hdf5File& file, const std::string& path,
                                          Shape shape) {
  if (file.is_group(path)) return open_sparse(file, path, shape);
  const auto dataset = file.dataset(path);
  dataset->require_rank(2);
  check_shape(dataset->where(), {dataset->rows(), dataset->columns()}, shape);
  return open_dense(file, path, shape);
}

}  // namespace cupel::io
