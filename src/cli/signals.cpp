#include "cli/signals.hpp"

#include <csignal>

#include "io/unfinished_output.hpp"

namespace cupel::cli {
namespace {

void end(int signal) {
  io::remove_unfinished_output();
  ::raise(signal);  // its default again: the caller sees what ended us
}

}  // namespace

void clean_up_on_signals() {
  std::signal(SIGXFSZ, SIG_IGN);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
    struct sigaction before {};
    if (sigaction(signal, nullptr, &before) != 0 || before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = end;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    sigaction(signal, &action, nullptr);
  }
}

}  // namespace cupel::cli
