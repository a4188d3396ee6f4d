#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "cpu/count_runs.hpp"
#include "cpu/key_codes.hpp"
#include "cpu/rank_values.hpp"
#include "cpu/tested_genes.hpp"
#include "cupel/backend.hpp"

namespace cupel {

// Turns the keys of some cells (rank_values.hpp) from row by row to gene by gene: a counting sort
// by gene. Counts are written in the order of their keys, so that every gene's keys come out
// ascending without a sort of their own: a cell's genes of one count share one key, and there are
// few such runs to sort. Use: read once, then lay out and write the genes, all at once or part by
// part.
template <typename Key>
class KeyStream {
 public:
  // So many that the threads end at about the same time: blocks of equal length differ in work.
  [[nodiscard]] static std::int64_t blocks_for_all_threads();
  // `blocks` > 1 spreads the work on this one stream over the threads.
  void read(CellsView cells, const double* totals, const RankRule& rule, const TestedGenes& tested,
            GeneWindow window, std::int64_t blocks);
  // Keys per gene of the window.
  [[nodiscard]] std::span<const std::uint32_t> counts() const { return counts_; }
  // Of counts alone: the keys that occur, ascending, and how often.
  [[nodiscard]] std::vector<WeightedKey> distinct_keys() const;
  // Of counts alone: puts codes in the place of keys, to be written as int32_t. False when there is
  // no code for every key; the stream is then to be read anew.
  [[nodiscard]] bool recode(const KeyCodes& codes);
  // Writes the keys of the window's genes [first, last), gene g's from keys[begin[g - first]] on.
  // Parts are to be written in ascending order, each once.
  template <typename Out>
  void write(std::int64_t first, std::int64_t last, Out* keys, std::span<const std::int64_t> begin);
  // Whether write() leaves each gene's keys ascending.
  [[nodiscard]] bool ascending() const { return cells_.value_type == ValueType::kU16; }
  // Gives away the largest piece of scratch memory; the stream can be read anew, nothing else.
  [[nodiscard]] Buffer<std::uint16_t> release() { return std::exchange(lists_, {}); }

 private:
  // Genes lists_[begin, begin + length) of one cell have this key. Writing moves it on.
  struct Run {
    Key key;
    std::uint32_t length;
    std::int64_t begin;
  };
  // Entries [begin, begin + length) of a row are those of the window. Writing moves it on.
  struct RowPart {
    std::int64_t begin;
    std::int32_t length;
  };
  // A share of the keys, for one thread.
  struct Block {
    std::vector<Run> runs;  // ascending by key; for values that are not counts, rows instead
    std::int64_t first_row = 0;
    std::int64_t last_row = 0;
  };
  // What reading rows one after another needs.
  struct Reader {
    CountRuns splitter;
    std::vector<std::uint16_t> genes;
    std::vector<std::uint16_t> counts;
    std::vector<std::uint16_t> run_counts;
    std::vector<Key> run_keys;
  };

  void find_row_parts();
  void read_runs();
  void read_blocks_of_runs();
  template <typename Gene>
  void read_row(const TypedCells<Gene, std::uint16_t>& cells, std::int64_t row, Reader& reader,
                std::vector<Run>& runs, std::uint32_t* counts);
  void sort_runs(std::vector<Run>& runs, std::vector<Run>& scratch);
  void cut_rows();
  void count_block(std::int64_t block);
  template <typename Out>
  void write_runs(Block& block, std::int64_t last, Out* keys, std::uint32_t* next);
  void write_rows(Block& block, std::int64_t last, Key* keys, std::uint32_t* next);
  [[nodiscard]] bool whole_rows() const {
    return tested_->all() && window_.size() == tested_->count();
  }

  CellsView cells_;
  const double* totals_ = nullptr;
  RankRule rule_;
  const TestedGenes* tested_ = nullptr;
  GeneWindow window_;
  std::vector<RowPart> rows_;
  std::vector<std::int64_t> list_begin_;  // of each row in lists_, and the end
  Buffer<std::uint16_t> lists_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> block_counts_;  // blocks × genes
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint32_t> next_;  // blocks × genes: where the next key goes
  std::vector<Run> scratch_;
  Reader reader_;
};

}  // namespace cupel
