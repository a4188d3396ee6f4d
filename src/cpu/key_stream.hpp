#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cpu/count_runs.hpp"
#include "cpu/tested_genes.hpp"
#include "cupel/backend.hpp"

namespace cupel {

// Turns the keys of some cells (rank_values.hpp) from row by row to gene by gene: a counting sort
// by gene. Counts are written in the order of their keys, so that every gene's keys come out
// ascending without a sort of their own: a cell's genes of one count share one key, and there are
// few such runs to sort. Use: read, lay out the genes by counts(), write.
template <typename Key>
class KeyStream {
 public:
  // `blocks` > 1 spreads this one stream over the threads.
  void read(CellsView cells, const double* totals, const Linear& linear, const TestedGenes& tested,
            GeneWindow window, std::int64_t blocks);
  // Keys per gene of the window.
  [[nodiscard]] std::span<const std::uint32_t> counts() const { return counts_; }
  // Writes the keys of gene g of the window from keys[begin[g]] on.
  void write(Key* keys, std::span<const std::int64_t> begin);
  // Whether write() leaves each gene's keys ascending.
  [[nodiscard]] bool ascending() const { return cells_.value_type == ValueType::kU16; }

 private:
  // Genes lists_[begin, begin + length) of one cell have this key.
  struct Run {
    Key key;
    std::uint32_t length;
    std::int64_t begin;
  };
  // Entries [begin, begin + length) of a row are those of the window.
  struct RowPart {
    std::int64_t begin;
    std::int32_t length;
  };
  // What reading rows one after another needs.
  struct Reader {
    CountRuns splitter;
    std::vector<std::uint16_t> genes;
    std::vector<std::uint16_t> counts;
  };

  void find_row_parts();
  void read_runs();
  template <typename Gene>
  void read_row(const TypedCells<Gene, std::uint16_t>& cells, std::int64_t row, Reader& reader,
                std::vector<Run>& runs, std::uint32_t* counts);
  void sort_runs();
  void cut_runs();
  void count_block(std::int64_t block);
  void write_block(std::int64_t block, Key** next);
  void add_up();
  [[nodiscard]] bool whole_rows() const {
    return tested_->all() && window_.size() == tested_->count();
  }

  CellsView cells_;
  const double* totals_ = nullptr;
  Linear linear_;
  const TestedGenes* tested_ = nullptr;
  GeneWindow window_;
  std::int64_t blocks_ = 1;
  std::vector<RowPart> rows_;
  std::vector<std::int64_t> list_begin_;  // of each row in lists_, and the end
  Buffer<std::uint16_t> lists_;
  std::vector<Run> runs_;
  std::vector<Run> scratch_;
  std::vector<std::int64_t> block_begin_;    // runs (counts) or rows (other values) of each block
  std::vector<std::uint32_t> block_counts_;  // blocks × genes
  std::vector<std::uint32_t> counts_;
  std::vector<Key*> next_;
  Reader reader_;
};

}  // namespace cupel
