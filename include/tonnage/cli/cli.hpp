// The command line: arguments to library calls. Everything the outside world offers comes in through Environment, so that
// tests run any command in process.
#pragma once

#include <string>
#include <vector>

#include "tonnage/core/io.hpp"

namespace tonnage::cli {

enum ExitCode {
  done = 0,            ///< done
  failure = 1,         ///< internal or I/O error
  bad_input = 2,       ///< bad input or usage
  check_failed = 3,    ///< a check failed; the output was written
  infeasible = 4,      ///< no plan serves what must be served
  stopped = 5,         ///< stopped by a limit; the best found so far was written
  interrupted = 130,
  terminated = 143,
};

struct Environment {
  FileSystem& files;
  bool stdout_terminal = false;
  bool stderr_terminal = false;
  int width = 100;             ///< columns of the terminal
  bool no_color = false;       ///< NO_COLOR is set
  int processors = 1;
};

/// Runs `tonnage ARGS…`; writes to descriptors 1 and 2 through `environment.files`. Never throws.
int run(const std::vector<std::string>& args, Environment& environment);

}  // namespace tonnage::cli
