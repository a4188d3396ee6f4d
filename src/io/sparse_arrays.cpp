#include "io/sparse_arrays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cupel::io {

SparseArrays::SparseArrays(const Hdf5File& file, std::string path, std::int64_t n_major)
    : file_(&file),
      path_(std::move(path)),
      n_major_(n_major),
      values_(file, path_ + "/data", 1),
      indices_(file, path_ + "/indices", 1) {
  if (is_float(indices_.type().element)) {
    throw not_supported(indices_.where(), "holds floats; integers are needed");
  }
  if (values_.rows() != indices_.rows()) {
    throw damaged(file.where(path_),
                  fmt::format("it has {} values but {} indices", values_.rows(), indices_.rows()));
  }
  const Hdf5Lock lock;
  const Handle starts = file.open_dataset(path_ + "/indptr");
  starts_bytes_ = static_cast<std::int64_t>(H5Dget_storage_size(starts.id()));
}

std::span<const std::int64_t> SparseArrays::starts() {
  if (!starts_.empty()) return starts_;
  const std::string dataset = path_ + "/indptr";
  auto starts = read_integers(*file_, dataset, n_major_ + 1);
  const Where where = file_->where(dataset);
  if (starts.front() != 0) throw damaged(where, "it does not begin with 0");
  const auto descent = std::ranges::adjacent_find(starts, std::ranges::greater{});
  if (descent != starts.end()) {
    throw damaged(where, fmt::format("entry {} ends before it begins", descent - starts.begin()));
  }
  if (starts.back() > values_.rows()) {
    throw damaged(where, fmt::format("it reaches to {}, but there are {} values", starts.back(),
                                     values_.rows()));
  }
  starts_ = std::move(starts);
  return starts_;
}

MatrixInfo SparseArrays::info(std::string layout) const {
  MatrixInfo info;
  info.path = path_;
  info.layout = std::move(layout);
  info.dtype = values_.type().name;
  info.filters = values_.stored().pipeline().description();
  info.stored_values = values_.rows();
  info.stored_bytes =
      values_.stored().stored_bytes() + indices_.stored().stored_bytes() + starts_bytes_;
  return info;
}

}  // namespace cupel::io
