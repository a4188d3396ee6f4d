#include "io/sparse_arrays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "io/plain_column.hpp"

namespace cupel::io {

SparseArrays::SparseArrays(const Hdf5File& file, std::string path, std::int64_t n_major)
    : path_(std::move(path)),
      n_major_(n_major),
      values_(file.dataset(path_ + "/data")),
      indices_(file.dataset(path_ + "/indices")),
      starts_dataset_(file.dataset(path_ + "/indptr")) {
  values_->require_rank(1);
  values_->require_numbers();
  indices_->require_rank(1);
  indices_->require_integers();
  if (values_->rows() != indices_->rows()) {
    throw damaged(file.where(path_), fmt::format("it has {} values but {} indices", values_->rows(),
                                                 indices_->rows()));
  }
}

std::span<const std::int64_t> SparseArrays::starts() {
  if (!starts_.empty()) return starts_;
  const Where& where = starts_dataset_->where();
  auto starts = read_integers(*starts_dataset_, n_major_ + 1);
  if (starts.front() != 0) throw damaged(where, "it does not begin with 0");
  const auto descent = std::ranges::adjacent_find(starts, std::ranges::greater{});
  if (descent != starts.end()) {
    throw damaged(where, fmt::format("entry {} ends before it begins", descent - starts.begin()));
  }
  if (starts.back() > values_->rows()) {
    throw damaged(where, fmt::format("it reaches to {}, but there are {} values", starts.back(),
                                     values_->rows()));
  }
  starts_ = std::move(starts);
  return starts_;
}

MatrixInfo SparseArrays::info(std::string layout) const {
  MatrixInfo info;
  info.path = path_;
  info.layout = std::move(layout);
  info.dtype = values_->type().number.name();
  info.filters = values_->pipeline().description();
  info.stored_values = values_->rows();
  info.stored_bytes =
      values_->stored_bytes() + indices_->stored_bytes() + starts_dataset_->stored_bytes();
  return info;
}

}  // namespace cupel::io
