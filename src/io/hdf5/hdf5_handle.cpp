#include "io/hdf5/hdf5_handle.hpp"

#include "io/hdf5/library_filters.hpp"

namespace cupel::io {
namespace {

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

}  // namespace

Hdf5Lock::Hdf5Lock() : guard_(library_mutex()) {
  static const bool kRegistered = register_lzf_filter();
  (void)kRegistered;
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // errors become cupel::Error, never stderr
}

}  // namespace cupel::io
