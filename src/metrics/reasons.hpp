#pragma once
#include <string_view>

// Why a score is undefined, or a value set by rule: every wording, once.
namespace cupel::reasons {

using Reason = std::string_view;

// expression
inline constexpr Reason kNoGenes = "there are no genes to compare";
inline constexpr Reason kOnlyOwnGene = "no gene is left without the perturbation's own";
inline constexpr Reason kConstantEffect = "an effect does not vary across genes";
inline constexpr Reason kNoMassTarget = "the profiles have no fixed total to compare with";
inline constexpr Reason kOnlyPerturbation = "there is no other perturbation to rank against";
inline constexpr Reason kConstantEnergy =
    "how far cells move from the control does not vary across perturbations";

// calls of differential expression
inline constexpr Reason kNoRealCalls = "the truth calls no gene";
inline constexpr Reason kNoPredCalls = "the prediction calls no gene";
inline constexpr Reason kNoCalls = "neither side calls a gene";
inline constexpr Reason kNoOtherRealCalls =
    "the truth calls no gene besides the perturbation's own";
inline constexpr Reason kNoOtherCalls = "neither side calls a gene besides the perturbation's own";
inline constexpr Reason kNoRealCallsAnywhere = "the truth calls no gene in any perturbation";
inline constexpr Reason kNoSharedRows = "no called gene has a row in the other table";
inline constexpr Reason kNoRealDirection = "no gene called by the truth has a direction";
inline constexpr Reason kNoAdjudicable = "the truth gives no direction for the prediction's calls";
inline constexpr Reason kOneClass = "the truth calls every gene or none";
inline constexpr Reason kNothingOrEverything = "a side calls no gene or every gene";
inline constexpr Reason kCountsDoNotVary = "the numbers of called genes do not vary";
inline constexpr Reason kTooFewToRank = "fewer than two fold changes, or no variation among them";
inline constexpr Reason kTooFewCalls = "the truth calls too few genes with a finite fold change";
inline constexpr Reason kNoFoldChange = "the truth's fold changes are all zero";

}  // namespace cupel::reasons
