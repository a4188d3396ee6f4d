#include "io/h5ad_file.hpp"

#include <algorithm>

namespace cupel::io {
namespace {

// Other single-cell files that are HDF5 too.
void refuse_others(const Hdf5File& file) {
  const auto has = [&](const char* object) {
    return file.is_group(object) || file.is_dataset(object);
  };
  const auto members = file.members("");
  const bool old_10x = std::ranges::any_of(members, [&](const std::string& genome) {
    return file.is_dataset(genome + "/barcodes") && file.is_dataset(genome + "/indptr");
  });
  if (has("matrix/barcodes") || old_10x) {
    throw not_anndata(file.path(), "looks like a 10x file; read it in scanpy and write .h5ad");
  }
  if (has("0/DATA") || has("0/META")) {
    throw not_anndata(file.path(), "looks like a GCTX file; read it with cmapPy and write .h5ad");
  }
  if (has("row_attrs") && has("col_attrs")) {
    throw not_anndata(file.path(), "looks like a loom file; read it in scanpy and write .h5ad");
  }
  if (has("mod")) {
    throw not_anndata(file.path(), "looks like MuData; write one of its modalities as .h5ad");
  }
  if (has("assays") && has("cell.names")) {
    throw not_anndata(file.path(), "looks like h5Seurat; convert it to .h5ad with SeuratDisk");
  }
  throw not_anndata(file.path(), "is HDF5 but not AnnData: it has no obs and var");
}

// raw/X since anndata 0.7, raw.X before.
std::string raw_matrix(const Hdf5File& file) {
  for (const char* name : {"raw/X", "raw.X"}) {
    if (file.is_group(name) || file.is_dataset(name)) return name;
  }
  return {};
}

bool holds_matrix(const Hdf5File& file, const std::string& object) {
  if (file.is_dataset(object)) {
    // anndata marks an X that is not there as null.
    return file.attributes(object).text("encoding-type") != "null";
  }
  return file.is_group(object);
}

}  // namespace

H5adFile::H5adFile(const std::string& path, Hdf5File::Reader reader) : file_(path, reader) {
  const auto has_table = [&](const char* name) {
    return file_.is_group(name) || file_.is_dataset(name);
  };
  if (!has_table("obs") || !has_table("var")) refuse_others(file_);
  obs_ = open_table(file_, "obs");
  var_ = open_table(file_, "var");
}

std::vector<std::string> H5adFile::matrices() const {
  std::vector<std::string> names;
  if (holds_matrix(file_, "X")) names.emplace_back("X");
  if (file_.is_group("layers")) {
    for (const std::string& layer : file_.members("layers")) names.push_back("layers/" + layer);
  }
  if (!raw_matrix(file_).empty()) names.emplace_back("raw");
  return names;
}

const Table& H5adFile::genes_of(std::string_view matrix) {
  if (matrix != "raw") return *var_;
  if (!raw_var_) {
    raw_var_ = open_table(file_, raw_matrix(file_) == "raw.X" ? "raw.var" : "raw/var");
  }
  return *raw_var_;
}

std::unique_ptr<MatrixReader> H5adFile::open(std::string_view matrix) {
  const auto present = matrices();
  if (std::ranges::find(present, matrix) == present.end()) {
    throw no_such_matrix(file_.path(), matrix, present);
  }
  const std::string object = matrix == "raw" ? raw_matrix(file_) : std::string(matrix);
  return open_matrix(file_, object, {obs_->rows(), genes_of(matrix).rows()});
}

}  // namespace cupel::io
