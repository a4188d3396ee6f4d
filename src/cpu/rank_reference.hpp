#pragma once
#include <mutex>
#include <vector>

#include "cpu/gene_table.hpp"
#include "cpu/key_codes.hpp"
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
  void keep(Buffer<std::uint16_t> buffer) {
    memory = std::move(buffer);
    if (size() > kMostBytes) memory = {};
  }
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

// What a control's tables hold.
enum class KeyForm : std::uint8_t {
  kFloat,   // 32-bit keys of the ranked values, which are floats
  kCoded,   // 32-bit codes of 64-bit keys, of which there are few: counts ranked as doubles
  kDouble,  // 64-bit keys of the ranked values
};

// A table per tested gene.
class CpuRankReference final : public RankReference {
 public:
  struct Limits {
    std::int64_t part_bytes = std::int64_t{128} << 20;  // of scratch for the control's keys
    std::int32_t codes = KeyCodes::kLimit;
  };

  CpuRankReference(CellsView control, const double* totals, const RankRule& rule,
                   std::span<const std::int32_t> genes, const Limits& limits);
  CpuRankReference(CellsView control, const double* totals, const RankRule& rule,
                   std::span<const std::int32_t> genes)
      : CpuRankReference(control, totals, rule, genes, Limits{}) {}

  [[nodiscard]] std::int64_t n_cells() const noexcept override { return n_cells_; }
  [[nodiscard]] std::int64_t n_genes() const noexcept override { return tested_.count(); }

  [[nodiscard]] const RankRule& rule() const { return rule_; }
  [[nodiscard]] const TestedGenes& tested() const { return tested_; }
  [[nodiscard]] KeyForm form() const { return form_; }
  [[nodiscard]] const KeyCodes& codes() const { return codes_; }
  [[nodiscard]] RankScratch& scratch() const { return scratch_; }

  // Of kFloat and kCoded.
  [[nodiscard]] const GeneTable<std::int32_t>& table(std::int64_t gene) const {
    return tables32_[static_cast<std::size_t>(gene)];
  }
  [[nodiscard]] const GeneFacts& facts(std::int64_t gene) const;
  // All that lookups of the gene may touch.
  [[nodiscard]] std::span<const std::byte> bytes(std::int64_t gene) const;
  // The place of the 64-bit key of a double, whatever the form.
  [[nodiscard]] Place find(std::int64_t gene, std::int64_t key) const;

 private:
  template <typename Key>
  void read_keys(CellsView control, const double* totals, const Limits& limits);
  void read_codes(CellsView control, const double* totals, const Limits& limits);
  // Writes what the stream has read of the window, some genes at a time, and builds their tables.
  template <typename Key, typename Stored>
  void write_parts(KeyStream<Key>& stream, GeneWindow window, const Limits& limits,
                   std::vector<GeneTable<Stored>>& tables);
  template <typename Stored>
  void build_tables(std::span<GeneTable<Stored>> tables, std::span<const std::uint32_t> counts,
                    std::span<const std::int64_t> begin, Stored* keys, bool ascending);

  std::int64_t n_cells_;
  RankRule rule_;
  TestedGenes tested_;
  KeyForm form_;
  KeyCodes codes_;
  std::vector<GeneTable<std::int32_t>> tables32_;
  std::vector<GeneTable<std::int64_t>> tables64_;
  std::vector<Buffer<std::byte>> storage_;
  mutable RankScratch scratch_;
};

}  // namespace cupel
