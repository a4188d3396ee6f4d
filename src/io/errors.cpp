#include "io/errors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace cupel::io {
namespace {

Error input(std::string message) {
  // Names come from the file; a control character in one must not break the single line.
  for (char& c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return {ErrorKind::kInput, message};
}

// Levenshtein.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// The candidate most like `name`, or empty when none is near.
std::string nearest(std::string_view name, std::span<const std::string> candidates) {
  constexpr std::size_t kLongest = 100;  // the distance is quadratic; real names are short
  if (name.size() > kLongest) return {};
  std::string best;
  std::size_t least = std::max<std::size_t>(2, name.size() / 2) + 1;
  const std::string wanted = lower(name);
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    const std::string have = lower(candidate);
    const bool contains = wanted.size() >= 3 && have.size() >= 3 &&
                          (have.find(wanted) != have.npos || wanted.find(have) != wanted.npos);
    const std::size_t distance = contains ? 1 : edit_distance(wanted, have);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

// At most `limit` names, then how many more there are.
std::string list(std::span<const std::string> names, std::size_t limit = 40) {
  if (names.empty()) return "none";
  const auto shown = names.first(std::min(limit, names.size()));
  std::string text = fmt::format("{}", fmt::join(shown, ", "));
  if (names.size() > limit) text.append(fmt::format(" and {} more", names.size() - limit));
  return text;
}

// How to get the plugin of a filter that is not built in.
std::string_view plugin_advice(const Filter& filter) {
  switch (filter.id) {
    case kSzipFilter:
      return "needs an HDF5 library built with szip";
    case 32001:
      return "needs the blosc plugin (Debian: hdf5-plugin-blosc; or pip install hdf5plugin)";
    case 32004:
      return "needs the lz4 plugin (Debian: hdf5-plugin-lz4; or pip install hdf5plugin)";
    case 32015:
      return "needs the zstd plugin (Debian: hdf5-plugin-zstd; or pip install hdf5plugin)";
    default:
      return "needs that filter's HDF5 plugin (pip install hdf5plugin has most)";
  }
}

}  // namespace

Error damaged(const Where& where, std::string_view what) {
  return input(fmt::format("{}: '{}' is damaged: {}; copy or write the file again", where.file,
                           where.object, what));
}

Error not_supported(const Where& where, std::string_view what) {
  return input(fmt::format("{}: '{}' {}", where.file, where.object, what));
}

Error missing(const Where& where, std::string_view what) {
  return input(fmt::format("{}: '{}' is missing{}; write the file again with anndata", where.file,
                           where.object, what));
}

Error elsewhere(const Where& where) {
  return not_supported(where, "keeps its values in other files; write it as one with anndata");
}

Error filter_not_available(const Where& where, const Filter& filter) {
  return input(fmt::format(
      "{}: '{}' is compressed with {} (HDF5 filter {}), which {} and HDF5_PLUGIN_PATH set to its "
      "folder; or write the file again with gzip",
      where.file, where.object, filter_name(filter), filter.id, plugin_advice(filter)));
}

Error cut_off(const std::string& file, std::uint64_t bytes, std::uint64_t needed) {
  return input(fmt::format("{}: is cut off: it has {} of {} bytes; copy or write the file again",
                           file, bytes, needed));
}

Error cannot_open(const std::string& file, std::string_view reason) {
  return input(fmt::format("{}: cannot be opened: {}", file, reason));
}

Error not_hdf5(const std::string& file, std::string_view looks_like) {
  return input(
      fmt::format("{}: is not an HDF5 file{}; an AnnData .h5ad is needed", file, looks_like));
}

Error not_anndata(const std::string& file, std::string_view looks_like) {
  return input(fmt::format("{}: {}", file, looks_like));
}

Error cannot_understand(const std::string& file) {
  return input(
      fmt::format("{}: is a damaged or cut-off HDF5 file; copy or write the file again", file));
}

Error no_such_matrix(const std::string& file, std::string_view matrix,
                     std::span<const std::string> present) {
  return input(present.empty()
                   ? fmt::format("{}: has no '{}' and no other matrix to read", file, matrix)
                   : fmt::format("{}: has no '{}'; choose another with --layer: {}", file, matrix,
                                 list(present)));
}

Error no_such_column(const std::string& file, std::string_view table, std::string_view name,
                     std::span<const std::string> present) {
  const std::string guess = nearest(name, present);
  return input(fmt::format("{}: {} has no column '{}'{}; columns: {}", file, table, name,
                           guess.empty() ? "" : fmt::format(" (did you mean '{}'?)", guess),
                           list(present)));
}

}  // namespace cupel::io
