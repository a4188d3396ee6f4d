#include "io/chunked_dataset.hpp"
#include "io/h5ad_elements.hpp"
#include "io/h5ad_writer.hpp"
#include "io/hdf5_output.hpp"

namespace cupel::io {
namespace {

// libdeflate's. What these files hold is continuous: p-values and fold changes shrink by the same
// tenth at every level.
constexpr int kLevel = 1;

void write_dense(const Hdf5Output& file, hid_t parent, const std::string& name,
                 MatrixView<const double> values, DenseType type) {
  ChunkedDataset dataset(file, parent, name,
                         type == DenseType::kF32 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE, values.cols,
                         kLevel);
  std::vector<float> narrow;
  for (std::int64_t row = 0; row < values.rows; ++row) {
    if (type == DenseType::kF64) {
      dataset.append(values.row(row), 1);
      continue;
    }
    narrow.assign(values.row(row), values.row(row) + values.cols);
    dataset.append(narrow.data(), 1);
  }
  write_encoding(file, dataset.finish().id(), "array", "0.2.0");
}

}  // namespace

void write_dense_h5ad(const std::string& path, const DenseScreen& screen) {
  const auto check = [&](MatrixView<const double> values) {
    require(values.rows == static_cast<std::int64_t>(screen.obs_names.size()) &&
                values.cols == static_cast<std::int64_t>(screen.genes.size()) && values.cols > 0,
            "X and layers must be obs × genes");
  };
  const Hdf5Lock lock;
  Hdf5Output file(path);
  write_root(file);
  check(screen.x);
  write_dense(file, file.id(), "X", screen.x, screen.type);
  {
    const Handle layers = write_empty_mapping(file, "layers");
    for (const auto& [name, values] : screen.layers) {
      check(values);
      if (values.data == screen.x.data) {  // the same numbers: one dataset of two names
        file.check(
            H5Lcreate_hard(file.id(), "X", layers.id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT));
        continue;
      }
      write_dense(file, layers.id(), name, values, screen.type);
    }
  }
  write_frames(file, screen.obs_names, screen.genes, screen.columns);
  file.commit();
}

}  // namespace cupel::io
