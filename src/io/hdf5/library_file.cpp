#include "io/hdf5/library_file.hpp"

#include <algorithm>
#include <utility>

#include "io/hdf5/library_dataset.hpp"
#include "io/hdf5/library_text.hpp"
#include "io/hdf5/library_type.hpp"

namespace cupel::io {
namespace {

Handle open_file(const std::string& path) {
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
#if H5_VERSION_GE(1, 10, 7)
  // We only read; a lock would fail on read-only and some network file systems.
  H5Pset_file_locking(access.id(), false, true);
#endif
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose};
}

void read_texts(hid_t attribute, hid_t type, Attribute& out) {
  const auto read = [&](hid_t memory_type, void* to) {
    return H5Aread(attribute, memory_type, to) >= 0;
  };
  if (!read_library_texts(type, out.values, read, out.texts)) out.texts.clear();
}

Attribute read_attribute(hid_t object, const char* name, const Where& where) {
  constexpr hssize_t kMostValues = 1 << 22;  // attributes are small; a larger one is damage
  Attribute out;
  out.name = name;
  const Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  if (!attribute.valid()) return out;
  const Handle type(H5Aget_type(attribute.id()), H5Tclose);
  const Handle space(H5Aget_space(attribute.id()), H5Sclose);
  out.values = H5Sget_simple_extent_npoints(space.id());
  if (out.values < 0 || out.values > kMostValues) throw damaged(where, "an attribute is too large");
  if (out.values == 0) return out;
  const Datatype described = describe_type(type.id(), where);
  const auto n = static_cast<std::size_t>(out.values);
  if (described.kind == Datatype::Kind::kText) {
    read_texts(attribute.id(), type.id(), out);
  } else if (described.kind == Datatype::Kind::kNumber && !described.number.is_bool &&
             !is_float(described.number.element)) {
    out.integers.resize(n);
    if (H5Aread(attribute.id(), H5T_NATIVE_INT64, out.integers.data()) < 0) out.integers.clear();
  } else if (H5Tequal(type.id(), H5T_STD_REF_OBJ) > 0) {
    std::vector<hobj_ref_t> references(n);
    if (H5Aread(attribute.id(), H5T_STD_REF_OBJ, references.data()) >= 0) {
      out.references.assign(references.begin(), references.end());
    }
  }
  return out;
}

}  // namespace

LibraryFile::LibraryFile(const RawFile& file) : file_(&file) {
  const Hdf5Lock lock;
  id_ = open_file(file.path());
  if (!id_.valid()) throw cannot_understand(file.path());
}

ObjectKind LibraryFile::kind(const std::string& object) const {
  const Hdf5Lock lock;
  // Every step must exist: the library treats a missing middle as an error of its own.
  for (std::size_t slash = object.find('/'); slash != std::string::npos;
       slash = object.find('/', slash + 1)) {
    if (slash > 0 && H5Lexists(id_.id(), object.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) {
      return ObjectKind::kNone;
    }
  }
  if (H5Lexists(id_.id(), object.c_str(), H5P_DEFAULT) <= 0 ||
      H5Oexists_by_name(id_.id(), object.c_str(), H5P_DEFAULT) <= 0) {
    return ObjectKind::kNone;
  }
  const Handle opened(H5Oopen(id_.id(), object.c_str(), H5P_DEFAULT), H5Oclose);
  switch (opened.valid() ? H5Iget_type(opened.id()) : H5I_BADID) {
    case H5I_GROUP:
      return ObjectKind::kGroup;
    case H5I_DATASET:
      return ObjectKind::kDataset;
    default:
      return ObjectKind::kNone;
  }
}

std::vector<std::string> LibraryFile::members(const std::string& group) const {
  const Hdf5Lock lock;
  const Handle opened(H5Gopen2(id_.id(), group.c_str(), H5P_DEFAULT), H5Gclose);
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* to) -> herr_t {
    static_cast<std::vector<std::string>*>(to)->emplace_back(name);
    return 0;
  };
  if (!opened.valid() ||
      H5Literate(opened.id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add, &names) < 0) {
    throw damaged(file_->where(group), "its list of members cannot be read");
  }
  std::ranges::sort(names);
  return names;
}

Attributes LibraryFile::attributes(const std::string& object) const {
  const Hdf5Lock lock;
  const Where where = file_->where(object);
  const Handle opened(H5Oopen(id_.id(), object.c_str(), H5P_DEFAULT), H5Oclose);
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5A_info_t*, void* to) -> herr_t {
    static_cast<std::vector<std::string>*>(to)->emplace_back(name);
    return 0;
  };
  if (!opened.valid() ||
      H5Aiterate2(opened.id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add, &names) < 0) {
    throw damaged(where, "its attributes cannot be read");
  }
  std::vector<Attribute> attributes;
  for (const std::string& name : names) {
    attributes.push_back(read_attribute(opened.id(), name.c_str(), where));
  }
  return Attributes(std::move(attributes));
}

std::unique_ptr<Dataset> LibraryFile::dataset(const std::string& object) const {
  const Hdf5Lock lock;
  const Where where = file_->where(object);
  Handle opened(H5Dopen2(id_.id(), object.c_str(), H5P_DEFAULT), H5Dclose);
  if (!opened.valid()) throw damaged(where, "its header cannot be read");
  return std::make_unique<LibraryDataset>(*file_, std::move(opened), where);
}

std::unique_ptr<Dataset> LibraryFile::dataset_at(std::uint64_t reference,
                                                 const std::string& from) const {
  const Hdf5Lock lock;
  const Where where = file_->where(from);
  const hobj_ref_t address = reference;
  Handle opened(H5Rdereference2(id_.id(), H5P_DEFAULT, H5R_OBJECT, &address), H5Oclose);
  if (!opened.valid() || H5Iget_type(opened.id()) != H5I_DATASET) {
    throw damaged(where, "its reference leads nowhere");
  }
  return std::make_unique<LibraryDataset>(*file_, std::move(opened), where);
}

}  // namespace cupel::io
