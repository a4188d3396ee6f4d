#include "models/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "cupel/error.hpp"
#include "models/gene_scores.hpp"
#include "models/row_copies.hpp"

namespace cupel::models {
namespace {

FeatureRows no_rows(std::size_t conditions, std::int64_t width) {
  FeatureRows rows{make_host_matrix<double>(static_cast<std::int64_t>(conditions), width),
                   std::vector<std::uint8_t>(conditions, 1)};
  std::fill_n(rows.values.view().data, rows.values.view().size(), 0.0);
  return rows;
}

// What of its members' rows makes a condition's: themselves, or what each pair of them does not
// share or shares. Any order of members gives the same.
enum class OfMembers : std::uint8_t { kRows, kDifferences, kProducts };

// A condition's row: its members' rows of a table, or their pairs', summed or averaged.
class PerturbationTable final : public FeatureBlock {
 public:
  PerturbationTable(FeatureTable table, const FeatureChoices& choices, OfMembers takes)
      : table_(std::move(table)), choices_(choices), takes_(takes) {
    const auto values = table_.values.view();
    mean_.assign(static_cast<std::size_t>(values.cols), 0.0);
    zeros_ = mean_;
    for (std::int64_t i = 0; i < values.rows; ++i) {
      for (std::int64_t k = 0; k < values.cols; ++k) {
        mean_[static_cast<std::size_t>(k)] += values(i, k) / static_cast<double>(values.rows);
      }
    }
  }

  [[nodiscard]] FeatureRows rows(std::span<const Condition> conditions) const override {
    const auto values = table_.values.view();
    FeatureRows result = no_rows(conditions.size(), values.cols);
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      std::vector<const double*> members;
      for (const auto& member : conditions[i].perturbations) {
        const auto found = table_.row.find(member);
        if (found != table_.row.end()) {
          members.push_back(values.row(found->second));
        } else {
          members.push_back(choices_.unknown == Unknown::kMean ? mean_.data() : zeros_.data());
          if (choices_.unknown == Unknown::kAbstain) result.known[i] = 0;
        }
      }
      double* row = result.values.view().row(static_cast<std::int64_t>(i));
      if (takes_ == OfMembers::kRows) {
        add_rows(members, row);
      } else {
        add_pairs(members, row);
      }
    }
    return result;
  }

 private:
  void add_rows(std::span<const double* const> members, double* row) const {
    const double factor =
        choices_.mean_of_members ? 1.0 / static_cast<double>(members.size()) : 1.0;
    for (const double* from : members) {
      for (std::size_t k = 0; k < mean_.size(); ++k) row[k] += factor * from[k];
    }
  }
  void add_pairs(std::span<const double* const> members, double* row) const {
    const auto n = static_cast<double>(members.size());
    const double factor = choices_.mean_of_members ? 2.0 / (n * (n - 1.0)) : 1.0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      for (std::size_t j = i + 1; j < members.size(); ++j) {
        for (std::size_t k = 0; k < mean_.size(); ++k) {
          const double a = members[i][k];
          const double b = members[j][k];
          row[k] += factor * (takes_ == OfMembers::kDifferences ? std::abs(a - b) : a * b);
        }
      }
    }
  }

  FeatureTable table_;
  FeatureChoices choices_;
  OfMembers takes_;
  std::vector<double> mean_;
  std::vector<double> zeros_;
};

// A context that has no row gets zeros: nothing is known of it, and nothing is made up.
class ContextTable final : public FeatureBlock {
 public:
  explicit ContextTable(FeatureTable table) : table_(std::move(table)) {}
  [[nodiscard]] bool of_context() const override { return true; }
  [[nodiscard]] FeatureRows rows(std::span<const Condition> conditions) const override {
    FeatureRows result = no_rows(conditions.size(), table_.values.cols());
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      const auto found = table_.row.find(conditions[i].context);
      if (found == table_.row.end()) continue;
      std::copy_n(table_.values.view().row(found->second), table_.values.cols(),
                  result.values.view().row(static_cast<std::int64_t>(i)));
    }
    return result;
  }

 private:
  FeatureTable table_;
};

// A condition without dose stands at the mean, and so does a member without one.
class Dose final : public FeatureBlock {
 public:
  explicit Dose(std::span<const Condition> training) {
    std::vector<double> logs;
    for (const auto& condition : training) {
      for (const auto& dose : doses_of(condition)) {
        if (dose && *dose > 0.0) logs.push_back(std::log10(*dose));
      }
    }
    if (logs.empty()) return;
    for (const double value : logs) mean_ += value / static_cast<double>(logs.size());
    std::ranges::sort(logs);
    for (const double quantile : {0.25, 0.5, 0.75}) {
      const double at = quantile * static_cast<double>(logs.size() - 1);
      const auto below = static_cast<std::size_t>(at);
      const auto above = std::min(below + 1, logs.size() - 1);
      const double part = at - std::floor(at);
      hinge_.push_back((1.0 - part) * logs[below] + part * logs[above]);
    }
  }
  [[nodiscard]] FeatureRows rows(std::span<const Condition> conditions) const override {
    FeatureRows result = no_rows(conditions.size(), 4);
    if (hinge_.empty()) return result;
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      const auto doses = doses_of(conditions[i]);
      const double share = 1.0 / static_cast<double>(doses.size());
      for (const auto& dose : doses) {
        const double value = dose && *dose > 0.0 ? std::log10(*dose) : mean_;
        double* row = result.values.view().row(static_cast<std::int64_t>(i));
        *row++ += share * (value - mean_);
        for (const double hinge : hinge_) *row++ += share * std::max(0.0, value - hinge);
      }
    }
    return result;
  }

 private:
  static std::vector<std::optional<double>> doses_of(const Condition& condition) {
    return condition.doses.empty() ? std::vector{condition.dose} : condition.doses;
  }

  double mean_ = 0.0;
  std::vector<double> hinge_;
};

FeatureTable identity_table(const std::set<std::string>& names) {
  FeatureTable table;
  const auto n = static_cast<std::int64_t>(names.size());
  table.values = make_host_matrix<double>(n, n);
  std::fill_n(table.values.view().data, n * n, 0.0);
  for (const auto& name : names) {
    const auto at = static_cast<std::int64_t>(table.row.size());
    table.row.emplace(name, at);
    table.values.view()(at, at) = 1.0;
  }
  return table;
}

FeatureTable table_of_genes(const Training& training, std::int64_t k) {
  if (training.genes.empty()) {
    throw Error(ErrorKind::kInput, "features 'pca' need the names of the genes");
  }
  FeatureTable table;
  table.values = gene_scores(training, k);
  for (const auto& gene : training.genes) {
    table.row.emplace(gene, static_cast<std::int64_t>(table.row.size()));
  }
  if (std::ssize(table.row) != table.values.rows()) {
    throw Error(ErrorKind::kInput, "features 'pca' need genes whose names do not repeat");
  }
  return table;
}

FeatureTable named_table(const Training& training, const std::string& name) {
  const auto found = training.tables.find(name);
  if (found == training.tables.end()) {
    throw Error(ErrorKind::kInput, fmt::format("there is no feature table named '{}'", name));
  }
  return {found->second.row, copy_of(found->second.values.view())};
}

// "name:argument:argument" -> its parts.
std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else if (c != ' ') {
      parts.back().push_back(c);
    }
  }
  return parts;
}

[[noreturn]] void refuse_block(std::string_view block) {
  throw Error(ErrorKind::kUsage,
              fmt::format("no feature block '{}'; known: one-hot, pca:K, table:NAME, "
                          "table:NAME:K, difference:BLOCK and product:BLOCK of these, context, "
                          "context-pca:K, context-table:NAME, dose, interaction:AxB",
                          block));
}

std::int64_t whole(const std::string& text, std::string_view block) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) refuse_block(block);
  return value;
}

std::unique_ptr<FeatureBlock> make_block(const Training& training, const std::string& block,
                                         const FeatureChoices& choices) {
  auto parts = split(block, ':');
  const auto takes = parts.front() == "difference" ? OfMembers::kDifferences
                     : parts.front() == "product"  ? OfMembers::kProducts
                                                   : OfMembers::kRows;
  const bool of_pairs = takes != OfMembers::kRows && parts.size() > 1;
  if (of_pairs) parts.erase(parts.begin());
  const auto& kind = parts.front();
  const auto arguments = parts.size() - 1;
  const auto perturbation_block = [&](FeatureTable table) {
    return std::make_unique<PerturbationTable>(std::move(table), choices, takes);
  };
  if (kind == "one-hot" && arguments == 0) {
    std::set<std::string> names;
    for (const auto& condition : training.conditions) {
      names.insert(condition.perturbations.begin(), condition.perturbations.end());
    }
    return perturbation_block(identity_table(names));
  }
  if (kind == "pca" && arguments == 1) {
    return perturbation_block(table_of_genes(training, whole(parts[1], block)));
  }
  if (kind == "table" && (arguments == 1 || arguments == 2)) {
    auto table = named_table(training, parts[1]);
    if (arguments == 2) {
      const auto axes = principal_axes(table.values.view(), whole(parts[2], block));
      table.values = project(axes, table.values.view());
    }
    return perturbation_block(std::move(table));
  }
  if (of_pairs) refuse_block(block);
  if (kind == "context" && arguments == 0) {
    std::set<std::string> names;
    for (const auto& condition : training.conditions) names.insert(condition.context);
    return std::make_unique<ContextTable>(identity_table(names));
  }
  if (kind == "context-pca" && arguments == 1) {
    FeatureTable table;
    const auto axes = principal_axes(training.control.view(), whole(parts[1], block));
    table.values = project(axes, training.control.view());
    for (const auto& context : training.contexts) {
      table.row.emplace(context, static_cast<std::int64_t>(table.row.size()));
    }
    return std::make_unique<ContextTable>(std::move(table));
  }
  if (kind == "context-table" && arguments == 1) {
    return std::make_unique<ContextTable>(named_table(training, parts[1]));
  }
  if (kind == "dose" && arguments == 0) return std::make_unique<Dose>(training.conditions);
  refuse_block(block);
}

FeatureRows beside(const FeatureRows& left, const FeatureRows& right) {
  const auto n = left.values.rows();
  FeatureRows both{make_host_matrix<double>(n, left.values.cols() + right.values.cols()),
                   left.known};
  for (std::int64_t i = 0; i < n; ++i) {
    double* to =
        std::copy_n(left.values.view().row(i), left.values.cols(), both.values.view().row(i));
    std::copy_n(right.values.view().row(i), right.values.cols(), to);
    const auto at = static_cast<std::size_t>(i);
    both.known[at] = static_cast<std::uint8_t>(left.known[at] & right.known[at]);
  }
  return both;
}

// Every product of one column of each.
Matrix<double> products(MatrixView<const double> a, MatrixView<const double> b) {
  auto result = make_host_matrix<double>(a.rows, a.cols * b.cols);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    double* to = result.view().row(i);
    for (std::int64_t j = 0; j < a.cols; ++j) {
      for (std::int64_t k = 0; k < b.cols; ++k) *to++ = a(i, j) * b(i, k);
    }
  }
  return result;
}

constexpr std::int64_t kMostInteractions = 2000;

}  // namespace

FeatureSpace::FeatureSpace(const Training& training, std::string_view blocks,
                           const FeatureChoices& choices) {
  std::optional<std::pair<std::int64_t, std::int64_t>> interaction;
  for (const auto& block : split(blocks, ',')) {
    if (block.starts_with("interaction:")) {
      const auto sizes = split(std::string_view(block).substr(12), 'x');
      if (sizes.size() != 2 || interaction) refuse_block(block);
      interaction.emplace(whole(sizes[0], block), whole(sizes[1], block));
      if (interaction->first * interaction->second > kMostInteractions) {
        throw Error(ErrorKind::kUsage,
                    fmt::format("'{}': more than {} products", block, kMostInteractions));
      }
      continue;
    }
    learns_ = learns_ || block.starts_with("pca:") || block.find(":pca:") != block.npos;
    blocks_.push_back(make_block(training, block, choices));
  }
  if (interaction) {
    const auto of_perturbation = side_rows(training.conditions, false);
    const auto of_context = side_rows(training.conditions, true);
    if (of_perturbation.values.cols() == 0 || of_context.values.cols() == 0) {
      throw Error(ErrorKind::kUsage,
                  "interactions need a block of the perturbation and one of the context");
    }
    perturbation_axes_ = principal_axes(of_perturbation.values.view(), interaction->first);
    context_axes_ = principal_axes(of_context.values.view(), interaction->second);
  }
  if (!choices.standardise) return;
  const FeatureRows rows = plain_rows(training.conditions);
  const auto values = rows.values.view();
  const auto n = static_cast<double>(std::ranges::count(rows.known, std::uint8_t{1}));
  mean_.assign(static_cast<std::size_t>(values.cols), 0.0);
  scale_.assign(static_cast<std::size_t>(values.cols), 1.0);
  for (std::int64_t k = 0; k < values.cols; ++k) {
    double sum = 0.0;
    double squares = 0.0;
    double greatest = 0.0;
    for (std::int64_t i = 0; i < values.rows; ++i) {
      if (rows.known[static_cast<std::size_t>(i)] != 0) sum += values(i, k);
    }
    const double mean = n > 0.0 ? sum / n : 0.0;
    for (std::int64_t i = 0; i < values.rows; ++i) {
      if (rows.known[static_cast<std::size_t>(i)] == 0) continue;
      squares += (values(i, k) - mean) * (values(i, k) - mean);
      greatest = std::max(greatest, std::abs(values(i, k)));
    }
    const double deviation = n > 0.0 ? std::sqrt(squares / n) : 0.0;
    mean_[static_cast<std::size_t>(k)] = mean;
    // A column that does not vary but by rounding is centred alone.
    if (deviation > 1e-12 * greatest) scale_[static_cast<std::size_t>(k)] = deviation;
  }
}

FeatureRows FeatureSpace::side_rows(std::span<const Condition> conditions, bool context) const {
  FeatureRows result = no_rows(conditions.size(), 0);
  for (const auto& block : blocks_) {
    if (block->of_context() == context) result = beside(result, block->rows(conditions));
  }
  return result;
}

FeatureRows FeatureSpace::plain_rows(std::span<const Condition> conditions) const {
  FeatureRows result = no_rows(conditions.size(), 0);
  for (const auto& block : blocks_) result = beside(result, block->rows(conditions));
  if (!perturbation_axes_) return result;
  const auto a = project(*perturbation_axes_, side_rows(conditions, false).values.view());
  const auto b = project(*context_axes_, side_rows(conditions, true).values.view());
  return beside(result, {products(a.view(), b.view()), result.known});
}

FeatureRows FeatureSpace::rows(std::span<const Condition> conditions) const {
  FeatureRows result = plain_rows(conditions);
  if (mean_.empty()) return result;
  const auto values = result.values.view();
  for (std::int64_t i = 0; i < values.rows; ++i) {
    for (std::int64_t k = 0; k < values.cols; ++k) {
      const auto at = static_cast<std::size_t>(k);
      values(i, k) = (values(i, k) - mean_[at]) / scale_[at];
    }
  }
  return result;
}

Unknown unknown_of(const Settings& settings) {
  return static_cast<Unknown>(settings.one_of("unknown", {"abstain", "mean", "zero"}));
}

Fallback fallback_of(const Settings& settings) {
  return static_cast<Fallback>(settings.one_of("fallback", {"global", "no-change", "none"}));
}

FeatureChoices feature_choices(const Settings& settings) {
  return {unknown_of(settings), settings.one_of("members", {"sum", "mean"}) == 1,
          settings.one_of("standardise", {"yes", "no"}) == 0};
}

Weights with_fallback(Matrix<double> of_training, std::span<const std::uint8_t> known,
                      Fallback fallback, std::span<const double> share) {
  Weights result{std::move(of_training), std::vector<Rung>(known.size(), Rung::kFeatures)};
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i] != 0) continue;
    double* row = result.of_training.view().row(static_cast<std::int64_t>(i));
    const auto n = result.of_training.cols();
    if (fallback == Fallback::kGlobal) {
      std::ranges::copy(share, row);
      result.rung[i] = Rung::kGlobal;
    } else if (fallback == Fallback::kNoChange) {
      std::fill_n(row, n, 0.0);
      result.rung[i] = Rung::kNoChange;
    } else {
      std::fill_n(row, n, std::numeric_limits<double>::quiet_NaN());
      result.rung[i] = Rung::kNone;
    }
  }
  return result;
}

std::vector<double> row_weights(const Training& training, double power) {
  std::vector<double> weights;
  for (const double cells : training.weight) weights.push_back(std::pow(cells, power));
  return weights;
}

}  // namespace cupel::models
