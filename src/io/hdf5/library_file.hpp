#pragma once
#include <memory>
#include <string>
#include <vector>

#include "io/hdf5/attributes.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/hdf5/hdf5_handle.hpp"
#include "io/hdf5/raw_file.hpp"

namespace cupel::io {

enum class ObjectKind : std::uint8_t { kNone, kGroup, kDataset };

// The same file through libhdf5: for what our own reading does not know. Slower, one thread at a
// time, and less wary of damaged files.
class LibraryFile {
 public:
  // Throws Error(kInput) when libhdf5 cannot open it.
  explicit LibraryFile(const RawFile& file);

  [[nodiscard]] ObjectKind kind(const std::string& object) const;
  [[nodiscard]] std::vector<std::string> members(const std::string& group) const;
  [[nodiscard]] Attributes attributes(const std::string& object) const;
  [[nodiscard]] std::unique_ptr<Dataset> dataset(const std::string& object) const;
  // The dataset that an attribute of `from` refers to.
  [[nodiscard]] std::unique_ptr<Dataset> dataset_at(std::uint64_t reference,
                                                    const std::string& from) const;

 private:
  const RawFile* file_;
  Handle id_;
};

}  // namespace cupel::io
