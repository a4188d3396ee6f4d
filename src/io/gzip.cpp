#include "io/gzip.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kMemberBytes = std::int64_t{1} << 20;
constexpr int kLevel = 4;

}  // namespace

std::string gzip(std::string_view text) {
  const auto bytes = static_cast<std::int64_t>(text.size());
  std::vector<std::string> members(static_cast<std::size_t>((bytes + kMemberBytes - 1) / kMemberBytes));
  for_each_chunk(bytes, kMemberBytes, [&](std::int64_t begin, std::int64_t end) {
    const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
        libdeflate_alloc_compressor(kLevel), &libdeflate_free_compressor);
    if (compressor == nullptr) throw std::bad_alloc();
    const auto size = static_cast<std::size_t>(end - begin);
    std::string member(libdeflate_gzip_compress_bound(compressor.get(), size), '\0');
    member.resize(libdeflate_gzip_compress(compressor.get(), text.data() + begin, size,
                                           member.data(), member.size()));
    members[static_cast<std::size_t>(begin / kMemberBytes)] = std::move(member);
  });
  std::string all;
  for (const auto& member : members) all += member;
  return all;
}

}  // namespace cupel
