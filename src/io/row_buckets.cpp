#include "io/row_buckets.hpp"

#include <algorithm>
#include <array>

#include "parallel/parallel.hpp"

namespace cupel::io {
namespace {

constexpr std::int64_t kSlice = std::int64_t{1} << 16;
constexpr std::int64_t kBuckets = 256;

}  // namespace

RowBuckets::RowBuckets(std::int64_t n_rows, std::int64_t window, ValueType value_type)
    : value_type_(value_type),
      rows_(make_host_buffer<std::uint32_t>(window)),
      values_(make_host_buffer<std::byte>(window * cupel::bytes_of(value_type))),
      sorted_rows_(make_host_buffer<std::uint32_t>(window)),
      sorted_genes_(make_host_buffer<std::uint32_t>(window)),
      sorted_values_(make_host_buffer<std::byte>(window * cupel::bytes_of(value_type))),
      bucket_ends_(static_cast<std::size_t>((window + kSlice - 1) / kSlice * kBuckets)) {
  while (((n_rows - 1) >> shift_) >= kBuckets) ++shift_;
}

template <typename Value>
void RowBuckets::sort_slice(std::int64_t slice, std::int64_t first, std::int64_t n,
                            std::span<const std::int64_t> column_starts) {
  const std::int64_t begin = slice * kSlice;
  const std::int64_t end = std::min(n, begin + kSlice);
  const std::uint32_t* rows = rows_.data();
  const auto* values = reinterpret_cast<const Value*>(values_.data());
  auto* sorted_values = reinterpret_cast<Value*>(sorted_values_.data());

  std::array<std::uint32_t, kBuckets> at{};
  for (std::int64_t i = begin; i < end; ++i) {
    if (rows[i] != kSkip) ++at[rows[i] >> shift_];
  }
  std::uint32_t sum = 0;
  for (auto& count : at) {
    const std::uint32_t size = count;
    count = sum;
    sum += size;
  }
  auto column = std::ranges::upper_bound(column_starts, first + begin) - column_starts.begin() - 1;
  for (std::int64_t i = begin; i < end; ++i) {
    while (first + i >= column_starts[static_cast<std::size_t>(column) + 1]) ++column;
    if (rows[i] == kSkip) continue;
    const std::int64_t to = begin + at[rows[i] >> shift_]++;
    sorted_rows_.data()[to] = rows[i];
    sorted_genes_.data()[to] = static_cast<std::uint32_t>(column);
    sorted_values[to] = values[i];
  }
  std::ranges::copy(at, bucket_ends_.begin() + slice * kBuckets);
}

template <typename Gene, typename Value>
void RowBuckets::write_bucket(std::int64_t bucket, std::int64_t n, Gene* genes, Value* values,
                              std::span<std::int64_t> next) const {
  const auto* sorted_values = reinterpret_cast<const Value*>(sorted_values_.data());
  for (std::int64_t slice = 0; slice * kSlice < n; ++slice) {
    const auto* ends = bucket_ends_.data() + slice * kBuckets;
    const std::int64_t begin = slice * kSlice;
    for (std::int64_t i = begin + (bucket == 0 ? 0 : ends[bucket - 1]); i < begin + ends[bucket];
         ++i) {
      const std::int64_t to = next[sorted_rows_.data()[i]]++;
      genes[to] = static_cast<Gene>(sorted_genes_.data()[i]);
      values[to] = sorted_values[i];
    }
  }
}

void RowBuckets::scatter(std::int64_t first, std::int64_t n,
                         std::span<const std::int64_t> column_starts, const Entries& arena,
                         std::span<std::int64_t> next) {
  const CellsView types{arena.genes, arena.values,    nullptr,          nullptr,     0,
                        0,           arena.gene_type, arena.value_type, Space::kHost};
  visit(types, [&]<typename Gene, typename Value>(const TypedCells<Gene, Value>&) {
    const std::int64_t slices = (n + kSlice - 1) / kSlice;
    for_each_chunk(slices, 1, [&](std::int64_t slice, std::int64_t) {
      sort_slice<Value>(slice, first, n, column_starts);
    });
    for_each_chunk(kBuckets, 1, [&](std::int64_t bucket, std::int64_t) {
      write_bucket(bucket, n, reinterpret_cast<Gene*>(arena.genes),
                   reinterpret_cast<Value*>(arena.values), next);
    });
  });
}

}  // namespace cupel::io
