#pragma once
#include <string>

#include "cupel/report.hpp"
#include "report/judgement.hpp"

// A finished run on one page, in Markdown, to read or to paste.
namespace cupel {

// Up to six scored metrics: each prediction's mean with its interval, in the board's order, then
// the ends of the scale; how the best one does by strength of effect, context by context; what the
// measured screen allows. Parts that the run was not asked for are left out.
[[nodiscard]] std::string report_markdown(const Report& report, const Judgement& judgement);

// Writes report.md.
void write_markdown(const std::string& folder, const Report& report, const Judgement& judgement);

}  // namespace cupel
