// Unseen drugs, at any dose: by name, or by groups such as scaffold, mechanism or target, which are
// held out whole (baselines-splits-audits.md B3).
#include "splits/hold_out_members.hpp"

namespace cupel::splits {

Draft draft_dex(const Material& material, const SplitOptions& options) {
  return hold_out_members(material, options, "dex");
}

}  // namespace cupel::splits
