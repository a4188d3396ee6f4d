#include "io/compress_row.hpp"

#include "cupel/cells.hpp"

namespace cupel::io {

std::int64_t compress_row(const std::byte* row, std::int64_t n_genes, const Entries& out) {
  const CellsView types{out.genes, out.values,    nullptr,        nullptr,     0,
                        0,         out.gene_type, out.value_type, Space::kHost};
  return visit(types, [&]<typename Gene, typename Value>(const TypedCells<Gene, Value>&) {
    const auto* values = reinterpret_cast<const Value*>(row);
    auto* out_genes = reinterpret_cast<Gene*>(out.genes);
    auto* out_values = reinterpret_cast<Value*>(out.values);
    std::int64_t kept = 0;
    for (std::int64_t gene = 0; gene < n_genes; ++gene) {
      out_genes[kept] = static_cast<Gene>(gene);  // always written, kept only if not zero
      out_values[kept] = values[gene];
      kept += values[gene] != Value{0} ? 1 : 0;
    }
    return kept;
  });
}

}  // namespace cupel::io
