// What the command line knows about itself: names for suggestions, shell completion, the manual page.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tonnage::cli {

std::vector<std::string> command_names(const CLI::App& app);
/// "--format", "-o", ... of a command.
std::vector<std::string> option_names(const CLI::App& command);
/// Fields of --by.
const std::vector<std::string>& cost_fields();
/// shell: bash, zsh or fish. The script asks the program what may follow (complete.hpp).
std::string completion_script(const std::string& shell);
std::string man_page(const CLI::App& app, const std::string& version);

}  // namespace tonnage::cli
