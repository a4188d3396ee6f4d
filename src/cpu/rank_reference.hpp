#pragma once
#include <mutex>
#include <vector>

#include "cpu/gene_table.hpp"
#include "cpu/key_stream.hpp"
#include "cpu/tested_genes.hpp"
#include "cupel/backend.hpp"

namespace cupel {

// Memory for keys on their way, kept with the reference: fresh memory is dear, and every call that
// ranks against the reference needs some. One call at a time holds it.
struct RankScratch {
  static constexpr std::int64_t kMostBytes = std::int64_t{224} << 20;
  std::mutex mutex;
  Buffer<std::uint16_t> memory;

  [[nodiscard]] std::int64_t size() const { return memory.size() * kUnit; }
  // Room for `bytes`; what was there is lost.
  [[nodiscard]] std::byte* room(std::int64_t bytes) {
    if (size() < bytes) {
      memory = {};
      memory = make_host_buffer<std::uint16_t>((bytes + kUnit - 1) / kUnit);
    }
    return reinterpret_cast<std::byte*>(memory.data());
  }

 private:
  static constexpr auto kUnit = static_cast<std::int64_t>(sizeof(std::uint16_t));
};

// A table per tested gene. Key is int32_t for RankValues::kF32Linear, int64_t for kF64Log1p.
template <typename Key>
class CpuRankReference final : public RankReference {
 public:
  // The control's keys pass through `part_bytes` of scratch, some genes at a time; at least one.
  CpuRankReference(CellsView control, const double* totals, const Linear& linear,
                   std::span<const std::int32_t> genes,
                   std::int64_t part_bytes = std::int64_t{64} << 20);

  [[nodiscard]] std::int64_t n_cells() const noexcept override { return n_cells_; }
  [[nodiscard]] std::int64_t n_genes() const noexcept override { return std::ssize(tables_); }

  [[nodiscard]] const Linear& linear() const { return linear_; }
  [[nodiscard]] const TestedGenes& tested() const { return tested_; }
  [[nodiscard]] const GeneTable<Key>& table(std::int64_t gene) const {
    return tables_[static_cast<std::size_t>(gene)];
  }
  [[nodiscard]] RankScratch& scratch() const { return scratch_; }

 private:
  // Builds the tables of tested genes [first, first + counts.size()) from the keys in `keys`.
  void build_tables(std::int64_t first, std::span<const std::uint32_t> counts,
                    std::span<const std::int64_t> begin, Key* keys, bool ascending);

  std::int64_t n_cells_;
  Linear linear_;
  TestedGenes tested_;
  std::vector<GeneTable<Key>> tables_;
  std::vector<Buffer<std::byte>> storage_;
  mutable RankScratch scratch_;
};

}  // namespace cupel
