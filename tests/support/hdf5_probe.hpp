#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace cupel::test {

// Reads single elements of an HDF5 file through the library's plain calls, so that tests of what we
// write do not lean on what we read. Throws std::runtime_error naming what is missing.
class Hdf5Probe {
 public:
  explicit Hdf5Probe(const std::string& path);
  ~Hdf5Probe();
  Hdf5Probe(const Hdf5Probe&) = delete;
  Hdf5Probe& operator=(const Hdf5Probe&) = delete;

  [[nodiscard]] bool has(const std::string& object) const;
  [[nodiscard]] std::vector<double> numbers(const std::string& dataset) const;
  [[nodiscard]] std::vector<std::string> strings(const std::string& dataset) const;
  [[nodiscard]] std::vector<std::int64_t> shape(const std::string& dataset) const;
  [[nodiscard]] std::vector<std::int64_t> chunk(const std::string& dataset) const;
  // "f4", "f8", "i1", ..., "str".
  [[nodiscard]] std::string type(const std::string& dataset) const;
  [[nodiscard]] std::string text_attribute(const std::string& object, const char* name) const;
  [[nodiscard]] std::vector<std::string> texts_attribute(const std::string& object,
                                                         const char* name) const;
  [[nodiscard]] std::vector<std::int64_t> numbers_attribute(const std::string& object,
                                                            const char* name) const;

 private:
  std::int64_t file_;
};

}  // namespace cupel::test
