#include "support/de_case.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stats/aggregate.hpp"
#include "support/test_device.hpp"

namespace cupel::test {
namespace {

std::vector<std::int32_t> own_genes(const DeTable& table,
                                    const std::map<std::string, std::string>& gene_of) {
  std::vector<std::int32_t> own;
  for (const std::string& target : table.targets) {
    const auto mapped = gene_of.find(target);
    const auto found =
        std::ranges::find(table.features, mapped == gene_of.end() ? target : mapped->second);
    own.push_back(found == table.features.end()
                      ? -1
                      : static_cast<std::int32_t>(found - table.features.begin()));
  }
  return own;
}

}  // namespace

DeTable make_table(const std::vector<std::string>& targets,
                   const std::vector<std::string>& features, const std::vector<DeRow>& rows) {
  const auto n_targets = std::ssize(targets);
  const auto n_features = std::ssize(features);
  DeTable table;
  table.targets = targets;
  table.features = features;
  table.absent.assign(static_cast<std::size_t>(n_targets * n_features), 1);
  for (Matrix<double>* column : {&table.log2_fold_change, &table.p_value, &table.p_adj}) {
    *column = make_host_matrix<double>(n_targets, n_features);
    std::fill_n(column->view().data, n_targets * n_features,
                std::numeric_limits<double>::quiet_NaN());
  }
  std::map<std::string, std::int64_t> target_index;
  std::map<std::string, std::int64_t> feature_index;
  for (std::int64_t i = 0; i < n_targets; ++i)
    target_index[targets[static_cast<std::size_t>(i)]] = i;
  for (std::int64_t i = 0; i < n_features; ++i) {
    feature_index[features[static_cast<std::size_t>(i)]] = i;
  }
  for (const DeRow& row : rows) {
    const auto target = target_index.at(row.target);
    const auto feature = feature_index.at(row.feature);
    table.log2_fold_change.view()(target, feature) = row.log2_fold_change;
    table.p_value.view()(target, feature) = row.p_value;
    table.p_adj.view()(target, feature) = row.p_adj;
    table.absent[static_cast<std::size_t>(target * n_features + feature)] = 0;
  }
  return table;
}

DeCase::DeCase(DeTable real, DeTable pred, Conventions conventions,
               const std::map<std::string, std::string>& gene_of)
    : real_(std::move(real)),
      pred_(std::move(pred)),
      conventions_(std::move(conventions)),
      own_gene_(own_genes(real_, gene_of)),
      backend_(make_test_backend()),
      comparison_(real_, pred_, own_gene_, conventions_.de, *backend_) {}

Case DeCase::as_case() const {
  Case c;
  c.perturbations = real_.targets;
  c.conventions = &conventions_;
  c.own_gene = own_gene_;
  c.de = &comparison_;
  return c;
}

std::vector<Score> DeCase::raw(const std::string& metric) const {
  const Metric& found = find_metric(metric);
  return found.compute(as_case(), found, *backend_);
}

std::vector<Score> DeCase::scores(const std::string& metric) const {
  return fill_undefined(raw(metric), find_metric(metric), conventions_.aggregation.fill);
}

DeTable one_target(const DeColumns& columns) {
  std::vector<std::string> features;
  std::vector<DeRow> rows;
  for (std::size_t i = 0; i < columns.p_adj.size(); ++i) {
    features.push_back(fmt::format("g{}", i));
    rows.push_back({"p", features.back(), columns.log2_fold_change[i], columns.p_adj[i] / 2.0,
                    columns.p_adj[i]});
  }
  return make_table({"p"}, features, rows);
}

}  // namespace cupel::test
