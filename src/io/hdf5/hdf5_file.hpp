#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/hdf5/attributes.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/hdf5/library_file.hpp"
#include "io/hdf5/links.hpp"
#include "io/hdf5/raw_file.hpp"

namespace cupel::io {

// An HDF5 file opened for reading. We read the format by our own hand, as far as AnnData files use
// it: any thread may fetch and decode any chunk, nothing in the file is taken on trust, and
// finding a chunk takes no search. What we do not know, libhdf5 reads instead.
class Hdf5File {
 public:
  // Who reads: tests ask for the library to see that both find the same.
  enum class Reader : std::uint8_t { kOurs, kLibrary };

  // Throws Error(kInput) that says what the path is instead.
  explicit Hdf5File(const std::string& path, Reader reader = Reader::kOurs);

  [[nodiscard]] const std::string& path() const noexcept { return raw_.path(); }
  [[nodiscard]] Where where(std::string_view object) const { return raw_.where(object); }
  void require_plausible(const Where& at, double logical_bytes) const {
    raw_.require_plausible(at, logical_bytes);
  }

  [[nodiscard]] bool is_group(const std::string& object) const {
    return kind(object) == ObjectKind::kGroup;
  }
  [[nodiscard]] bool is_dataset(const std::string& object) const {
    return kind(object) == ObjectKind::kDataset;
  }
  [[nodiscard]] ObjectKind kind(const std::string& object) const;

  // These throw Error(kInput) when there is no such object.
  [[nodiscard]] std::unique_ptr<Dataset> dataset(const std::string& object) const;
  [[nodiscard]] Attributes attributes(const std::string& object) const;
  // Names of a group's links, sorted by codepoint. "" is the root.
  [[nodiscard]] std::vector<std::string> members(const std::string& group) const;
  // The dataset that a reference in an attribute of `from` leads to.
  [[nodiscard]] std::unique_ptr<Dataset> dataset_at(std::uint64_t reference,
                                                    const std::string& from) const;

 private:
  // The header address of an object; nothing if there is none. Throws NeedsLibrary.
  [[nodiscard]] std::optional<std::uint64_t> find(const std::string& object, int hops = 0) const;
  // The same where a link in `group` (which ends in a slash, or is the root: empty) leads to a path.
  [[nodiscard]] std::optional<std::uint64_t> follow(const Link& link, const std::string& group,
                                                    const std::string& rest, int hops) const;
  [[nodiscard]] std::uint64_t find_existing(const std::string& object) const;
  const LibraryFile& library() const;
  // ours(), or if that needs the library, its().
  template <typename Ours, typename Its>
  auto read(const Ours& ours, const Its& its) const;

  RawFile raw_;
  std::optional<std::uint64_t> root_;  // nothing: the library reads it all
  mutable std::unique_ptr<LibraryFile> library_;
};

}  // namespace cupel::io
