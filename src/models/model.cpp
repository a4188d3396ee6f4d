#include "models/model.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "cupel/error.hpp"
#include "linalg/products.hpp"
#include "text.hpp"

namespace cupel::models {

std::string_view rung_text(Rung rung) {
  switch (rung) {
    case Rung::kExact:
      return "exact";
    case Rung::kOtherContext:
      return "other-context";
    case Rung::kComposed:
      return "composed";
    case Rung::kPartComposed:
      return "part-composed";
    case Rung::kFeatures:
      return "features";
    case Rung::kContext:
      return "context";
    case Rung::kGlobal:
      return "global";
    case Rung::kNoChange:
      return "no-change";
    case Rung::kReplicate:
      return "replicate";
    case Rung::kNone:
      return "none";
  }
  return "none";
}

Prediction Smoother::predict(std::span<const Condition> asked) const {
  Weights found = weights(asked);
  Prediction prediction{multiply(found.of_training.view(), training_->delta.view()),
                        std::move(found.rung)};
  for (std::size_t i = 0; i < prediction.rung.size(); ++i) {
    if (prediction.rung[i] != Rung::kNone) continue;
    std::fill_n(prediction.delta.view().row(static_cast<std::int64_t>(i)), prediction.delta.cols(),
                std::numeric_limits<double>::quiet_NaN());
  }
  return prediction;
}

Settings::Settings(std::string_view model, std::span<const Setting> known,
                   const std::map<std::string, std::string>& chosen)
    : model_(model) {
  std::vector<std::string> names;
  for (const Setting& setting : known) {
    values_.emplace(setting.name, setting.value);
    names.emplace_back(setting.name);
  }
  for (const auto& [name, value] : chosen) {
    const auto found = values_.find(name);
    if (found == values_.end()) {
      throw Error(ErrorKind::kUsage, fmt::format("model '{}' has no setting '{}'; known: {}", model,
                                                 name, names.empty() ? "none" : listed(names)));
    }
    found->second = value;
  }
}

const std::string& Settings::text(std::string_view name) const {
  return values_.at(std::string(name));
}

double Settings::number(std::string_view name) const {
  const std::string& value = text(name);
  double number = 0.0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(number)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("model '{}': {} must be a number, not '{}'", model_, name, value));
  }
  return number;
}

std::int64_t Settings::whole(std::string_view name) const {
  const double value = number(name);
  if (value != std::floor(value) || std::abs(value) > 1e15) {
    throw Error(ErrorKind::kUsage, fmt::format("model '{}': {} must be a whole number, not '{}'",
                                               model_, name, text(name)));
  }
  return static_cast<std::int64_t>(value);
}

std::size_t Settings::one_of(std::string_view name,
                             std::initializer_list<std::string_view> words) const {
  const std::string& value = text(name);
  std::vector<std::string> known;
  for (const auto word : words) {
    if (word == value) return known.size();
    known.emplace_back(word);
  }
  throw Error(ErrorKind::kUsage, fmt::format("model '{}': {} must be one of {}, not '{}'", model_,
                                             name, listed(known), value));
}

}  // namespace cupel::models
