#include "introspect.hpp"

#include <fmt/format.h>

#include "examples.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::cli {

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

const std::vector<std::string>& cost_fields() {
  static const std::vector<std::string> fields = {"period", "quarter", "year", "pool", "region", "provider", "workload", "team", "category"};
  return fields;
}

namespace {

std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\\\";
    else if (c == '-') out += "\\-";
    else if (c == '\'' && (out.empty() || out.back() == '\n')) out += "\\&'";
    else if (c == '.' && (out.empty() || out.back() == '\n')) out += "\\&.";
    else out += c;
  }
  return out;
}

std::string synopsis(const CLI::App& sub) {
  std::string out = sub.get_name();
  for (const CLI::Option* option : sub.get_options())
    if (option->get_positional()) out += option->get_required() ? " " + option->get_name() : " [" + option->get_name() + "]";
  return out;
}

}  // namespace

std::string man_page(const CLI::App& app, const std::string& version) {
  std::string out = fmt::format(".TH TONNAGE 1 \"\" \"tonnage {}\" \"User Commands\"\n.SH NAME\ntonnage \\- {}\n.SH SYNOPSIS\n.B tonnage\nCOMMAND [OPTIONS]\n.SH COMMANDS\n", version, roff(app.get_description()));
  for (const CLI::App* sub : app.get_subcommands({})) {
    out += fmt::format(".SS {}\n{}\n", roff("tonnage " + synopsis(*sub)), roff(sub->get_description()));
    for (const CLI::Option* option : sub->get_options()) {
      if (option->get_name() == "--help" || option->get_name() == "-h,--help") continue;
      out += fmt::format(".TP\n.B {}\n{}\n", roff(option->get_name(option->get_positional(), true)), roff(option->get_description()));
    }
    out += ".PP\nExamples:\n.nf\n";
    for (const std::string& example : examples_of(sub->get_name())) out += "  " + roff(example) + "\n";
    out += ".fi\n";
  }
  out += ".SH EXIT STATUS\n.TP\n.B 0\ndone (also when the reader of a pipe has closed it)\n.TP\n.B 1\ninternal or I/O error\n.TP\n.B 2\nbad input or usage\n.TP\n.B 3\na check failed; the output was written\n.TP\n.B 4\ninfeasible\n"
         ".TP\n.B 5\nstopped by a limit; the best found so far was written\n.TP\n.B 130, 143\ninterrupted, terminated\n.SH ENVIRONMENT\n.TP\n.B NO_COLOR\nno colour, whatever the terminal\n.TP\n.B COLUMNS\nwidth of the report\n";
  return out;
}

}  // namespace tonnage::cli
