#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace cupel::test {

// Ways to make a file that is not right. `file` is an HDF5 id.
void rename(std::int64_t file, const std::string& from, const std::string& to);

void delete_attribute(const std::string& path, const std::string& object, const std::string& name);

// A dataset of float32 zeros under a filter that no reader has; 0 is no filter.
void write_with_filter(std::int64_t file, const std::string& path,
                       const std::vector<std::int64_t>& extents, int filter, const char* name);

// A dataset of float64 that claims so many values, none of them stored.
void write_never(std::int64_t file, const std::string& path, std::int64_t rows,
                 std::int64_t columns = 0);

// Changes a byte of the stored chunk that begins at value `at` of a one-dimensional dataset.
void flip_byte_of_chunk(const std::string& path, const std::string& dataset, std::int64_t at,
                        std::int64_t byte);

}  // namespace cupel::test
