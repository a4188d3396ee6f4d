#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "simulate/cell_plan.hpp"
#include "simulate/response.hpp"
#include "simulate/truth.hpp"

namespace cupel::simulate {

// One file to draw.
struct ScreenFile {
  std::string path;
  std::uint64_t seed;
  std::int64_t draw;  // files of different draws share no random numbers
  Response response;
  std::vector<std::int32_t> label_of;  // see target_column
  bool dense = false;                  // expected counts with a little noise in place of counts
};

// Draws and writes all cells, block by block; memory does not grow with their number. Calls
// `advance` with the cells of each block. Returns the number of stored values.
std::int64_t write_screen(const ScreenFile& file, const Truth& truth, const CellPlan& plan,
                          const std::function<void(std::int64_t)>& advance);

}  // namespace cupel::simulate
