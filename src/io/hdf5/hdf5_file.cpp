#include "io/hdf5/hdf5_file.hpp"

#include <algorithm>

#include "io/hdf5/bytes.hpp"
#include "io/hdf5/stored_dataset.hpp"
#include "io/hdf5/superblock.hpp"

namespace cupel::io {

Hdf5File::Hdf5File(const std::string& path, Reader reader) : raw_(path) {
  if (reader == Reader::kLibrary) return;
  try {
    root_ = find_root(raw_);
  } catch (const NeedsLibrary&) {
  }
}

const LibraryFile& Hdf5File::library() const {
  if (!library_) library_ = std::make_unique<LibraryFile>(raw_);
  return *library_;
}

template <typename Ours, typename Its>
auto Hdf5File::read(const Ours& ours, const Its& its) const {
  if (root_) {
    try {
      return ours();
    } catch (const NeedsLibrary&) {
    }
  }
  return its();
}

std::optional<std::uint64_t> Hdf5File::follow(const Link& link, const std::string& group,
                                              const std::string& rest, int hops) const {
  constexpr int kMostHops = 16;
  if (link.path.empty()) throw elsewhere(where(group + link.name));
  if (hops == kMostHops) throw damaged(where(group + link.name), "its links have no end");
  const bool is_absolute = link.path.starts_with('/');
  std::string path = is_absolute ? link.path.substr(1) : group + link.path;
  if (!rest.empty()) path.append("/").append(rest);
  return find(path, hops + 1);
}

std::optional<std::uint64_t> Hdf5File::find(const std::string& object, int hops) const {
  std::uint64_t address = *root_;
  for (std::size_t begin = 0; begin < object.size();) {
    const std::size_t end = std::min(object.find('/', begin), object.size());
    const std::string name = object.substr(begin, end - begin);
    const Where group = where(begin == 0 ? "/" : object.substr(0, begin - 1));
    const ObjectHeader header(raw_, address, group);
    if (!header.is_group()) return std::nullopt;
    const auto links = read_links(raw_, header, group);
    const auto link = std::ranges::lower_bound(links, name, {}, &Link::name);
    if (link == links.end() || link->name != name) return std::nullopt;
    const std::string rest = object.substr(std::min(end + 1, object.size()));
    if (!link->address) return follow(*link, object.substr(0, begin), rest, hops);
    address = *link->address;
    begin = end + 1;
  }
  return address;
}

std::uint64_t Hdf5File::find_existing(const std::string& object) const {
  const auto address = find(object);
  if (!address) throw missing(where(object), "");
  return *address;
}

ObjectKind Hdf5File::kind(const std::string& object) const {
  return read(
      [&] {
        const auto address = find(object);
        if (!address) return ObjectKind::kNone;
        const ObjectHeader header(raw_, *address, where(object));
        return header.is_dataset() ? ObjectKind::kDataset
               : header.is_group() ? ObjectKind::kGroup
                                   : ObjectKind::kNone;
      },
      [&] { return library().kind(object); });
}

std::unique_ptr<Dataset> Hdf5File::dataset(const std::string& object) const {
  return read(
      [&]() -> std::unique_ptr<Dataset> {
        const Where at = where(object);
        const ObjectHeader header(raw_, find_existing(object), at);
        if (!header.is_dataset()) throw missing(at, "");
        return std::make_unique<StoredDataset>(raw_, header, at);
      },
      [&] {
        if (library().kind(object) != ObjectKind::kDataset) throw missing(where(object), "");
        return library().dataset(object);
      });
}

Attributes Hdf5File::attributes(const std::string& object) const {
  return read(
      [&] {
        const Where at = where(object);
        return read_attributes(raw_, ObjectHeader(raw_, find_existing(object), at), at);
      },
      [&] {
        if (library().kind(object) == ObjectKind::kNone) throw missing(where(object), "");
        return library().attributes(object);
      });
}

std::vector<std::string> Hdf5File::members(const std::string& group) const {
  return read(
      [&] {
        const Where at = where(group.empty() ? "/" : group);
        std::vector<std::string> names;
        for (auto& link : read_links(raw_, ObjectHeader(raw_, find_existing(group), at), at)) {
          names.push_back(std::move(link.name));
        }
        return names;
      },
      [&] { return library().members(group.empty() ? "/" : group); });
}

std::unique_ptr<Dataset> Hdf5File::dataset_at(std::uint64_t reference,
                                              const std::string& from) const {
  return read(
      [&]() -> std::unique_ptr<Dataset> {
        const Where at = where(from);
        const ObjectHeader header(raw_, reference, at);
        if (!header.is_dataset()) throw damaged(at, "its reference leads nowhere");
        return std::make_unique<StoredDataset>(raw_, header, at);
      },
      [&] { return library().dataset_at(reference, from); });
}

}  // namespace cupel::io
