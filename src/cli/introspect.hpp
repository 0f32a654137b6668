// What the command line knows about itself: names for suggestions, shell completion, the manual page.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tonnage::cli {

std::vector<std::string> command_names(const CLI::App& app);
/// "--format", "-o", ... of a command.
std::vector<std::string> option_names(const CLI::App& command);
/// shell: bash, zsh or fish.
std::string completion_script(const CLI::App& app, const std::string& shell);
std::string man_page(const CLI::App& app, const std::string& version);

}  // namespace tonnage::cli
