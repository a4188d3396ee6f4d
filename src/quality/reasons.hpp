#pragma once
#include <string_view>

// Why a number of this room is undefined, or set by rule: every wording, once.
namespace cupel::quality::reasons {

using Reason = std::string_view;

// profiles
inline constexpr Reason kNoGenes = "there are no genes to compare";
inline constexpr Reason kNotANumber = "a profile holds a value that is not a number";
inline constexpr Reason kConstant = "a profile does not vary across genes";
inline constexpr Reason kConstantTruth = "the truth does not vary across genes";
inline constexpr Reason kZeroLength = "a profile is zero in every gene";
inline constexpr Reason kTooFewGenes = "fewer than two genes";
inline constexpr Reason kTooFewCells = "fewer than two cells to take a variance from";
inline constexpr Reason kTooManyCells = "more cells than the test takes";
inline constexpr Reason kNoNoise = "the truth shows no sampling noise to compare with";

// weights
inline constexpr Reason kEqualScores = "every gene has the same DE score";
inline constexpr Reason kNoScores = "no gene has a DE score other than zero";
inline constexpr Reason kNoWeight = "no gene has a weight";
inline constexpr Reason kNoWeightSoEqual = "no gene has a weight, so all count the same";

// calibration
inline constexpr Reason kNoControl = "a control has no finite score";
inline constexpr Reason kBeyondPerfect = "the negative control is not worse than a perfect score";
inline constexpr Reason kNoDirection = "the metric has no better direction";
inline constexpr Reason kTooFewValid = "too few perturbations have a defined fraction";
inline constexpr Reason kNoScore = "there is no finite score";
inline constexpr Reason kNoRoom = "the replicate is not better than the baseline";
inline constexpr Reason kTruthIsControl = "the truth equals the control";
inline constexpr Reason kPredictionIsControl = "the prediction equals the control";
inline constexpr Reason kNoIdentityRange = "chance is as good as perfect";

// reliability
inline constexpr Reason kNoReliability = "there is no split-half correlation";
inline constexpr Reason kOpposedHalves = "the halves are perfectly opposed";
inline constexpr Reason kUnreliable = "the truth does not reproduce itself";
inline constexpr Reason kLowCeiling = "the truth reproduces itself too poorly to correct for";

// over perturbations or predictions
inline constexpr Reason kTooFewRows = "too few perturbations";
inline constexpr Reason kNoPairs = "fewer than two perturbations";
inline constexpr Reason kNoDeviation = "the values do not vary over perturbations";
inline constexpr Reason kZeroCount = "the truth has a perturbation with a count of zero";
inline constexpr Reason kOneClass = "all perturbations are of one class";
inline constexpr Reason kNothingLeft = "nothing is left beyond the main effects";
inline constexpr Reason kAllAlike = "all methods have the same distance";
inline constexpr Reason kMissingMethod = "the method lacks one of the metrics";
inline constexpr Reason kNoHits = "there are no hits";
inline constexpr Reason kNoChange = "the no-change prediction has no score";

}  // namespace cupel::quality::reasons
