#include "support/program.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <utility>

namespace cupel::test {
namespace {

constexpr unsigned kMostSeconds = 120;

// A file without a name. It cannot be a pipe: nobody reads while the program runs.
int nameless_file() {
  const int file = ::memfd_create("output", MFD_CLOEXEC);
  if (file < 0) throw std::runtime_error("no memory file");
  return file;
}

std::string text_of(int file) {
  std::string text;
  char block[4096];
  ::lseek(file, 0, SEEK_SET);
  for (ssize_t n = 0; (n = ::read(file, block, sizeof block)) > 0;) {
    text.append(block, static_cast<std::size_t>(n));
  }
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

void PrintTo(const ProgramResult& result, std::ostream* to) {
  *to << "$ " << result.command << "\nexit code " << result.exit_code << ", signal "
      << result.signal << "\nstdout: " << result.out << "\nstderr: " << result.err;
}

Program::Program(std::vector<std::string> command, const ProgramOptions& options)
    : terminal_(options.terminal) {
  result_.command = joined(command);
  std::vector<char*> words;
  for (auto& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  out_ = options.output.empty() ? nameless_file() : ::open(options.output.c_str(), O_WRONLY);
  int child_err = -1;
  if (terminal_) {
    if (::openpty(&err_, &child_err, nullptr, nullptr, nullptr) != 0) {
      throw std::runtime_error("no terminal");
    }
  } else {
    err_ = child_err = nameless_file();
  }

  id_ = ::fork();
  if (id_ == 0) {  // only calls that are safe after a fork of a threaded program
    if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
    ::dup2(out_, STDOUT_FILENO);
    ::dup2(child_err, STDERR_FILENO);
    if (options.largest_file) {
      const rlimit limit{*options.largest_file, *options.largest_file};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ::alarm(kMostSeconds);
    ::setenv("XDG_CACHE_HOME", "/proc/none", 0);  // nothing is kept where tests did not ask for it
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  if (terminal_) ::close(child_err);
}

Program::~Program() {
  if (id_ > 0) {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  ::close(out_);
  ::close(err_);
}

ProgramResult Program::result() {
  if (terminal_) result_.err = text_of(err_);  // reads until the program lets go of the terminal
  int status = 0;
  ::waitpid(std::exchange(id_, -1), &status, 0);
  if (WIFEXITED(status)) result_.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
  result_.out = text_of(out_);
  if (!terminal_) result_.err = text_of(err_);
  return result_;
}

}  // namespace cupel::test
