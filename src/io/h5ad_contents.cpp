#include "io/h5ad_contents.hpp"

#include "cupel/error.hpp"
#include "io/h5ad_file.hpp"

namespace cupel::io {
H5adContents describe_h5ad(const std::string& path) {
  H5adFile file(path);
  H5adContents contents;
  contents.n_cells = file.obs().rows();
  contents.n_genes = file.genes_of("X").rows();
  for (const std::string& column : file.obs().columns()) {
    contents.obs.push_back({column, file.obs().type_of(column)});
  }
  for (const std::string& name : file.matrices()) {
    H5adContents::Matrix matrix;
    matrix.name = name;
    try {
      matrix.info = file.open(name)->info();
    } catch (const Error& error) {
      matrix.problem = error.what();
    }
    contents.matrices.push_back(matrix);
  }
  return contents;
}

}  // namespace cupel::io
