#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/tiny_h5ad.hpp"

namespace cupel::test {

// A small screen as a test wants it, to be written in any layout.
struct SmallScreen {
  std::vector<std::string> genes;
  std::vector<std::string> labels;    // one per cell; kNoLabel where it is missing
  std::vector<std::string> contexts;  // one per cell, or none
  std::vector<double> values;         // cells × genes
  std::map<std::string, std::vector<std::string>> more = {};  // obs columns that are written too

  static constexpr auto kNoLabel = "(no label)";

  [[nodiscard]] std::int64_t n_cells() const { return std::ssize(labels); }
  [[nodiscard]] std::int64_t n_genes() const { return std::ssize(genes); }
  double& value(std::int64_t cell, std::int64_t gene) {
    return values[static_cast<std::size_t>(cell * n_genes() + gene)];
  }
  [[nodiscard]] double total(std::int64_t cell) const;
  [[nodiscard]] std::int64_t first_cell(const std::string& label) const;

  void keep_cells(const std::vector<std::int64_t>& cells);  // in this order
  void keep_genes(const std::vector<std::int64_t>& genes_kept);
  void drop_label(const std::string& label);
  void rename(const std::string& label, const std::string& to);
  // Counts to log1p of counts per million, as float holds it.
  void to_lognorm();
};

// Counts of 60 genes, two of them silent, in 40 control cells ("non-targeting") and four
// perturbations of 16 to 22 cells, named for genes. The effects are the same for every `draw`; only
// the cells differ.
struct SmallScreenOptions {
  std::uint64_t draw = 1;
  double effect = 1.6;  // of log2 size; 0: perturbed cells are control cells
  int contexts = 1;     // copies with effects of their own, in "line0", "line1", ...
};
[[nodiscard]] SmallScreen make_small_screen(const SmallScreenOptions& options = {});

struct Layout {
  std::string kind = "csr";  // or "csc", "dense"
  Storage storage = {};
};

// obs columns: "target", and "line" where there are contexts.
void write_screen(const std::string& path, const SmallScreen& screen, const Layout& layout = {});
// The same with entries that the test chose, such as zeros and duplicates.
void write_screen(const std::string& path, const SmallScreen& screen,
                  const std::vector<Triplet>& entries, const Layout& layout);
[[nodiscard]] std::vector<Triplet> entries_of(const SmallScreen& screen);

// Puts noise in place of the first chunk's stored bytes.
void overwrite_first_chunk(const std::string& path, const std::string& dataset);

}  // namespace cupel::test
