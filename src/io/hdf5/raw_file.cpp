#include "io/hdf5/raw_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace cupel::io {
namespace {

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";

// The signature stands at byte 0, or at 512, 1024, 2048... behind a block of the user's. -1:
// nowhere.
std::int64_t find_signature(int descriptor, std::int64_t size) {
  std::array<char, kSignature.size()> head{};
  constexpr auto kLength = static_cast<std::int64_t>(kSignature.size());
  for (std::int64_t at = 0; at + kLength <= size; at = at == 0 ? 512 : at * 2) {
    if (pread(descriptor, head.data(), head.size(), at) != kLength) return -1;
    if (std::string_view(head.data(), head.size()) == kSignature) return at;
  }
  return -1;
}

std::string_view looks_like(int descriptor, std::int64_t size) {
  if (size == 0) return " but empty";
  std::array<char, 4> head{};
  if (pread(descriptor, head.data(), head.size(), 0) < 2) return "";
  const std::string_view magic(head.data(), head.size());
  if (magic.starts_with("\x1f\x8b")) return " but compressed with gzip: gunzip it first";
  if (magic.starts_with("PK")) return " but a zip archive: unpack it first";
  if (magic == "SHPK") return " but a packed archive: write its AnnData as .h5ad";
  return "";
}

}  // namespace

RawFile::RawFile(std::string path) : path_(std::move(path)) {
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) throw cannot_open(path_, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) {
    throw not_hdf5(path_, " but a folder (a zarr store? write it as .h5ad)");
  }
  if (!S_ISREG(status.st_mode)) throw not_hdf5(path_, " nor any regular file");
  descriptor_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) throw cannot_open(path_, std::strerror(errno));
  size_ = status.st_size;
  base_ = find_signature(descriptor_, size_);
  if (base_ < 0) {
    const Error error = not_hdf5(path_, looks_like(descriptor_, size_));
    close(descriptor_);  // the destructor does not run
    throw error;
  }
}

RawFile::~RawFile() { close(descriptor_); }

bool RawFile::read(std::int64_t address, std::int64_t size, void* to) const {
  if (address < 0 || size < 0 || address > end() || size > end() - address) return false;
  std::int64_t offset = base_ + address;
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = pread(descriptor_, at, static_cast<std::size_t>(size), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    offset += got;
    size -= got;
  }
  return true;
}

void RawFile::require_plausible(const Where& where, double logical_bytes) const {
  constexpr double kAlwaysFine = 256.0 * (1 << 20);
  constexpr double kBestCompression = 4096.0;  // gzip's limit is 1032
  if (logical_bytes > kAlwaysFine &&
      logical_bytes > kBestCompression * static_cast<double>(size_)) {
    throw damaged(where, "it claims to be far larger than the file");
  }
}

}  // namespace cupel::io
