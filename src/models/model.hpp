#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/training.hpp"

// Models that predict profiles in closed form or nearly so (baselines-splits-audits.md A).
namespace cupel::models {

// On what a prediction rests: which step of a model's chain of fallbacks was taken (A0).
enum class Rung : std::uint8_t {
  kExact,         // the condition itself was in training
  kOtherContext,  // the same perturbation in other contexts
  kComposed,      // members of a combination, each known
  kPartComposed,  // members of a combination, one of them guessed
  kFeatures,      // features of perturbation and context
  kContext,       // other perturbations of the same context
  kGlobal,        // all training conditions, whatever was asked
  kNoChange,      // the control
  kReplicate,     // half of the condition's own cells, which are held out: no prediction
  kNone,          // no prediction: the row is NaN
};
[[nodiscard]] std::string_view rung_text(Rung rung);

struct Prediction {
  Matrix<double> delta;  // asked × genes
  std::vector<Rung> rung;
};

class Model {
 public:
  virtual ~Model() = default;
  [[nodiscard]] virtual Prediction predict(std::span<const Condition> asked) const = 0;
};

// Predictions as weighted sums of training profiles: delta = of_training · training.delta.
struct Weights {
  Matrix<double> of_training;  // asked × training conditions; NaN in a row of Rung::kNone
  std::vector<Rung> rung;
};

// A model that is such a sum: all that is quadratic in its predictions can be had without them,
// from the inner products of training and true profiles (sweep/).
class Smoother : public Model {
 public:
  explicit Smoother(const Training& training) : training_(&training) {}
  [[nodiscard]] virtual Weights weights(std::span<const Condition> asked) const = 0;
  [[nodiscard]] Prediction predict(std::span<const Condition> asked) const final;

 protected:
  [[nodiscard]] const Training& training() const { return *training_; }

 private:
  const Training* training_;
};

// A choice a model offers: its name, the value it has if nothing else is said, what it does.
struct Setting {
  std::string_view name, value, meaning;
};

// Values of a model's settings. Throws Error(kUsage) for a name that the model has not and for a
// value that is no number or none of the words allowed.
class Settings {
 public:
  Settings(std::string_view model, std::span<const Setting> known,
           const std::map<std::string, std::string>& chosen);
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] double number(std::string_view name) const;
  [[nodiscard]] std::int64_t whole(std::string_view name) const;
  // Which of `words` the value is.
  [[nodiscard]] std::size_t one_of(std::string_view name,
                                   std::initializer_list<std::string_view> words) const;
  [[nodiscard]] const std::map<std::string, std::string>& all() const { return values_; }

 private:
  std::string model_;
  std::map<std::string, std::string> values_;
};

// What a model is given. All predict from what trains, but for ceilings: they are made of cells
// that are held out, so a score says what measuring again would reach, and nothing about
// prediction.
enum class Sees : std::uint8_t {
  kTraining,
  kSecondHalves,  // Training::second_halves, their p_adj where it is at hand
  kTestedHalves,  // the same, and their p_adj must be
};

struct ModelEntry {
  std::string_view name, summary;
  std::vector<Rung> chain;  // fallbacks in the order they are tried
  std::vector<Setting> settings;
  std::unique_ptr<Model> (*fit)(const Training& training, const Settings& settings);
  Sees sees = Sees::kTraining;
};

[[nodiscard]] std::span<const ModelEntry> all_models();
[[nodiscard]] std::string model_table_markdown();
// Throws Error(kUsage) for a name there is not.
[[nodiscard]] const ModelEntry& find_model(std::string_view name);
// Checks training and settings, and fits. Throws Error(kUsage) for a ceiling without second halves,
// std::logic_error where a model that predicts is given them.
[[nodiscard]] std::unique_ptr<Model> fit_model(
    std::string_view name, const Training& training,
    const std::map<std::string, std::string>& chosen = {});

}  // namespace cupel::models
