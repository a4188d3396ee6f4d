#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

// The recipe of GEARS's `simulation` split (baselines-splits-audits.md B7, B14; vector S05).
namespace cupel::splits {

// A condition as GEARS writes it, and its members without control.
struct GearsCondition {
  std::string name;
  std::vector<std::string> members;
};

struct GearsSides {
  std::vector<std::string> train;
  std::vector<std::string> test;
  std::map<std::string, std::vector<std::string>> subgroup;  // of test, by class
};

// A share of the genes trains, drawn by numpy's RandomState(seed) from their sorted list; of the
// combinations of two trained genes a share trains, drawn the same way from their sorted names;
// all else is tested. Depends on the set of conditions alone. Combinations of more than two are
// not known to GEARS: Error(kInput).
[[nodiscard]] GearsSides gears_sides(std::span<const GearsCondition> conditions, double gene_share,
                                     double combination_share, std::uint32_t seed);

struct GearsSplit {
  std::vector<std::string> train;
  std::vector<std::string> val;
  std::vector<std::string> test;
  std::map<std::string, std::vector<std::string>> val_subgroup;
  std::map<std::string, std::vector<std::string>> test_subgroup;
};

// The recipe, and the recipe again with 0.9 and 0.9 on its train side, which makes val.
[[nodiscard]] GearsSplit gears_simulation(std::span<const GearsCondition> conditions,
                                          double gene_share, double combination_share,
                                          std::uint32_t seed);

}  // namespace cupel::splits
