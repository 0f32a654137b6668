#include <csignal>
#include <cstdlib>
#include <thread>

#include <sys/ioctl.h>
#include <unistd.h>

#include "tonnage/cli/cli.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/stop.hpp"

namespace {

/// COLUMNS, else the terminal's width, else 100; at least 40.
int terminal_width() {
  if (const char* columns = std::getenv("COLUMNS"))
    if (const auto value = tonnage::parse_integer(columns); value && *value >= 40 && *value <= 10000) return static_cast<int>(*value);
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  return 100;
}

}  // namespace

/// Work that can end early ends with the best found so far; all else, and a second Ctrl-C, at once.
extern "C" void on_interrupt(int signal) {
  if (tonnage::stop_by_signal()) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(), which is told apart and quiet
  if (std::signal(SIGINT, on_interrupt) == SIG_IGN) std::signal(SIGINT, SIG_IGN);  // in the background
  const char* no_color = std::getenv("NO_COLOR");
  const bool on_terminal = isatty(STDOUT_FILENO) == 1;
  tonnage::cli::Environment environment{tonnage::system_files(), on_terminal, isatty(STDERR_FILENO) == 1, terminal_width(), no_color != nullptr && no_color[0] != '\0',
                                        static_cast<int>(std::thread::hardware_concurrency())};
  return tonnage::cli::run(std::vector<std::string>(argv + 1, argv + argc), environment);
}
