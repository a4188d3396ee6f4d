#pragma once
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sweeping/plan.hpp"

namespace cupel::sweeping {

// What the rows of a table depend on, `device` being the backend's name. Another text: another
// sweep.
[[nodiscard]] std::string key_of(const SweepConfig& config, const Plan& plan,
                                 const models::Training& training, std::string_view device);

// Rows in the folder of the run that is taken up, or none. Throws Error(kInput) when its key, which
// lies beside the table, is another.
[[nodiscard]] std::vector<sweep::SweepRow> earlier_rows(const SweepConfig& config,
                                                        const std::string& key,
                                                        const std::filesystem::path& folder,
                                                        const sweep::SweepRequest& request,
                                                        Console& console);

// The table on disk, to which whole units of rows are added as they are found, and its key.
class TableFile {
 public:
  // Begins with the rows of an earlier run.
  TableFile(const std::filesystem::path& folder, const std::string& key,
            std::span<const sweep::SweepRow> rows);
  ~TableFile();
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;

  void add(std::span<const sweep::SweepRow> rows);

 private:
  [[noreturn]] void refuse() const;
  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
};

}  // namespace cupel::sweeping
