// Two examples of every command, for its help and the manual page. Tests run them.
#pragma once

#include <string>
#include <vector>

namespace tonnage::cli {

/// Whole command lines; empty for an unknown command.
std::vector<std::string> examples_of(const std::string& command);

}  // namespace tonnage::cli
