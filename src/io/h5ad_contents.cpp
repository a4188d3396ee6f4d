#include "io/h5ad_contents.hpp"

#include "cupel/error.hpp"
#include "io/h5ad_file.hpp"

namespace cupel::io {
namespace {

std::vector<H5adContents::ColumnInfo> describe(const Table& table) {
  std::vector<H5adContents::ColumnInfo> columns;
  for (const std::string& name : table.columns()) columns.push_back({name, table.type_of(name)});
  return columns;
}

}  // namespace

H5adContents describe_h5ad(const std::string& path) {
  H5adFile file(path);
  H5adContents contents;
  contents.n_cells = file.obs().rows();
  contents.n_genes = file.genes_of("X").rows();
  contents.obs = describe(file.obs());
  contents.var = describe(file.genes_of("X"));
  for (const std::string& name : file.matrices()) {
    H5adContents::Matrix matrix;
    matrix.name = name;
    try {
      matrix.n_genes = file.genes_of(name).rows();
      matrix.info = file.open(name)->info();
    } catch (const Error& error) {
      matrix.problem = error.what();
    }
    contents.matrices.push_back(matrix);
  }
  return contents;
}

}  // namespace cupel::io
