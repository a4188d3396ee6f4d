#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace cupel::test {

struct ProgramOptions {
  std::string folder;                              // working directory
  std::optional<std::uint64_t> largest_file = {};  // bytes that a file may have (RLIMIT_FSIZE)
  bool terminal = false;                           // stderr is a terminal
  std::string output = {};                         // a file that takes stdout in place of `out`
};

struct ProgramResult {
  std::string command;
  int exit_code = -1;  // -1 when a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
};

// For the messages of failed assertions.
void PrintTo(const ProgramResult& result, std::ostream* to);

// A program that runs beside the test. It is killed if it takes minutes.
class Program {
 public:
  Program(std::vector<std::string> command, const ProgramOptions& options);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] pid_t id() const noexcept { return id_; }
  // Waits for its end.
  ProgramResult result();

 private:
  ProgramResult result_;
  pid_t id_ = -1;
  int out_ = -1;
  int err_ = -1;
  bool terminal_;
};

}  // namespace cupel::test
