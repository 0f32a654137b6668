#include "complete.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "context.hpp"
#include "introspect.hpp"
#include "tonnage/capacity/efficiency.hpp"
#include "tonnage/core/embedded.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/documents/model.hpp"
#include "tonnage/forecast/series.hpp"
#include "tonnage/report/columns.hpp"
#include "tonnage/report/output_schema.hpp"
#include "tonnage/report/pages.hpp"
#include "tonnage/scenario/fields.hpp"

namespace tonnage::cli {

namespace {

using Words = std::vector<std::string>;

Completion plain(const Words& words) {
  Completion out;
  for (const std::string& word : words) out.words.push_back({word, ""});
  return out;
}

Completion file_name() {
  Completion out;
  out.files = true;
  return out;
}

/// The last of several with commas between; those before it are not offered again.
Completion listed(const std::string& word, const Words& known) {
  const auto comma = word.rfind(',');
  const std::string before = comma == std::string::npos ? "" : word.substr(0, comma + 1);
  Completion out;
  for (const std::string& one : known)
    if (("," + before).find("," + one + ",") == std::string::npos) out.words.push_back({before + one, ""});
  return out;
}

Words joined(Words out, const Words& more) {
  for (const std::string& one : more)
    if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(one);
  return out;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0 && option.get_type_size() > 0; }

/// "{auto,always,never}" of an option that takes one of some words.
Words words_of_check(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto open = type.find('{'), close = type.rfind('}');
  Words out;
  if (open != std::string::npos && close != std::string::npos && close > open)
    for (const std::string_view word : split(std::string_view(type).substr(open + 1, close - open - 1), ',')) out.emplace_back(word);
  return out;
}

Words precisions() {
  Words out;
  for (const Precision one : {Precision::fp32, Precision::bf16, Precision::fp8, Precision::int8, Precision::int4, Precision::mxfp4, Precision::nvfp4}) out.emplace_back(to_string(one));
  return out;
}

Words templates() {
  Words out;
  for (const auto& file : embedded::embedded_examples())
    if (const auto slash = file.path.find('/'); slash != std::string_view::npos) out = joined(std::move(out), {std::string(file.path.substr(0, slash))});
  return out;
}

/// least:THING; a name that several things have needs its kind.
Completion alternatives(const ScenarioNames& names) {
  std::vector<std::pair<std::string, std::string>> things;
  for (const auto& [kind, section] : {std::pair{"pool", "pools"}, {"region", "regions"}, {"node", "nodes"}})
    for (const std::string& name : names.of(section)) things.emplace_back(kind, name);
  for (const std::string& name : names.providers()) things.emplace_back("provider", name);
  Completion out = plain({"least:nodes", "least:power", "least:capex", "least:carbon"});
  for (const auto& [kind, name] : things) {
    const auto same = std::count_if(things.begin(), things.end(), [&name = name](const auto& other) { return other.second == name; });
    out.words.push_back({"least:" + (same > 1 ? kind + ":" : "") + name, kind});
  }
  return out;
}

/// ttft.p95= and the like.
Completion limits(const std::string& word) {
  Words known;
  for (const char* metric : {"ttft", "tpot", "e2e", "latency"})
    for (const char* part : {"p50", "p90", "p95", "p99", "mean"}) known.push_back(std::string(metric) + "." + part + "=");
  Completion out = listed(word, known);
  out.open = true;
  return out;
}

/// Paths with * for names, as `schema --explain` takes them.
Completion field_paths(const std::string& word) {
  const auto dot = word.rfind('.');
  const std::string parent = dot == std::string::npos ? "" : word.substr(0, dot);
  Completion out;
  for (const std::string& key : joined(scenario::known_keys(parent), scenario::find_fields(parent + ".*").empty() || parent.empty() ? Words{} : Words{"*"})) out.words.push_back({parent.empty() ? key : parent + "." + key, ""});
  return out;
}

/// What is known of the line before the word.
struct Line {
  const CLI::App& command;
  const ScenarioNames& names;
  Words given;                       ///< arguments that are no options
};

Words formats_of(const std::string& command) {
  if (command == "schema") return {"json", "markdown"};
  if (command == "explain") return {"table", "csv", "json", "jsonl"};
  Words out = {"table", "markdown", "csv", "json", "jsonl", "html", "xlsx"};
  return command == "check" ? joined(out, {"junit", "sarif", "github"}) : out;
}

/// Words of options that are no choice of a few. Nothing: whatever the user means.
Completion option_value(const Line& line, const std::string& name, const std::string& word) {
  const Catalog& shipped = shipped_catalog();
  const std::string command = line.command.get_name();
  const Words nodes = joined(line.names.of("nodes"), shipped.node_names());
  const std::map<std::string, std::function<Completion()>> known = {
    {"--format", [&] { return plain(formats_of(command)); }},
    {"--columns", [&] { return listed(word, report::table_columns(command)); }},
    {"--by", [&] { return listed(word, cost_fields()); }},
    {"--only", [&] {
       Words constants;
       for (const capacity::FactorField& field : capacity::factor_fields()) constants.emplace_back(field.name);
       return listed(word, command == "levers" ? pipeline::lever_kinds() : constants);
     }},
    {"--set", [&] { return complete_path(word, line.names); }},
    {"--over", [&] { return complete_path(word, line.names); }},
    {"--alternatives", [&] { return alternatives(line.names); }},
    {"--model", [&] {
       Completion out = plain(shipped.model_names());
       out.files = true;
       return out;
     }},
    {"--node", [&] { return listed(word, nodes); }},
    {"--accelerator", [&] { return plain(shipped.accelerator_names()); }},
    {"--precision", [&] { return plain(precisions()); }},
    {"--engine", [&] { return plain({"vllm", "sglang", "trtllm"}); }},
    {"--slo", [&] { return limits(word); }},
    {"--methods", [&] { return listed(word, joined({"list"}, forecast::method_names())); }},
    {"--frequency", [&] { return plain({"hourly", "daily", "weekly", "monthly", "quarterly", "yearly"}); }},
    {"--router", [&] { return listed(word, {"round-robin", "least-requests", "least-tokens", "by-length", "prefix"}); }},
    {"--arrival", [&] {
       Completion out = plain({"constant", "poisson", "gamma:", "closed:", "offline"});
       out.files = true;
       return out;
     }},
    {"--outputs", [&] { return plain(report::json_commands()); }},
    {"--explain", [&] { return field_paths(word); }},
  };
  const auto found = known.find(name);
  return found == known.end() ? Completion{} : found->second();
}

const CLI::Option* find_option(const CLI::App& command, const std::string& name) {
  for (const CLI::Option* option : command.get_options())
    if (!option->get_positional() && option->check_name(name)) return option;
  return nullptr;
}

Completion value_of(const Line& line, const CLI::Option& option, const std::string& word) {
  if (const Words words = words_of_check(option); !words.empty()) return plain(words);
  const std::string type = option.get_type_name();
  if (type.find("FILE") != std::string::npos || type.find("FOLDER") != std::string::npos || type.find("PLAN") != std::string::npos || option.check_name("--cases") || option.check_name("--lengths")) return file_name();
  return option_value(line, "--" + (option.get_lnames().empty() ? std::string() : option.get_lnames().front()), word);
}

Completion option_words(const CLI::App& command) {
  Completion out;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) {
      const std::string text = option->get_description();
      out.words.push_back({"--" + name, text.substr(0, text.find_first_of(",;:("))});
    }
  return out;
}

Completion argument(const Line& line, const std::string& word) {
  Words places;
  for (const CLI::Option* option : line.command.get_options())
    if (option->get_positional()) places.push_back(option->get_name());
  if (places.empty()) return option_words(line.command);
  if (line.given.size() >= places.size()) return line.command.get_name() == "calibrate" ? file_name() : option_words(line.command);
  const std::string& place = places[line.given.size()];
  if (place == "CELL") return complete_cell(word, line.names);
  if (place == "KIND") return plain(report::catalog_kinds());
  if (place == "TEMPLATE") return plain(templates());
  if (place == "SHELL") return plain({"bash", "zsh", "fish"});
  if (place != "NAME") return file_name();
  Words names;
  for (const auto& row : report::catalog_table(shipped_catalog(), line.given[0], "").rows) names.push_back(std::get<std::string>(row[0]));
  return plain(names);
}

/// Keeps what begins with the word, once.
Completion fitting(Completion out, const std::string& word) {
  std::set<std::string> seen;
  std::erase_if(out.words, [&](const Candidate& one) { return !one.text.starts_with(word) || !seen.insert(one.text).second; });
  return out;
}

Completion first_word(const CLI::App& app) {
  Completion out;
  for (const CLI::App* sub : app.get_subcommands({})) out.words.push_back({sub->get_name(), sub->get_description()});
  out.words.push_back({"--help", ""});
  out.words.push_back({"--version", ""});
  return out;
}

}  // namespace

Completion complete(const CLI::App& app, const std::vector<std::string>& words, FileSystem& files) {
  if (words.empty()) return {};
  const std::string& word = words.back();
  if (words.size() == 1) return fitting(first_word(app), word);
  const auto subs = app.get_subcommands([&](const CLI::App* sub) { return sub->get_name() == words[0]; });
  if (subs.empty()) return {};
  const CLI::App& command = *subs.front();
  Words given, overlays;
  const CLI::Option* open = nullptr;  // waits for its value
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    if (open != nullptr) {
      if (open->check_name("--overlay")) overlays.push_back(words[i]);
      open = nullptr;
    } else if (words[i].size() > 1 && words[i].front() == '-') {
      const CLI::Option* option = find_option(command, words[i].substr(0, words[i].find('=')));
      if (option != nullptr && takes_value(*option) && words[i].find('=') == std::string::npos) open = option;
    } else {
      given.push_back(words[i]);
    }
  }
  const ScenarioNames names(given.empty() ? "" : given.front(), overlays, files);
  const Line line{command, names, given};
  if (open != nullptr) return fitting(value_of(line, *open, word), word);
  const auto equals = word.find('=');
  if (word.starts_with("--") && equals != std::string::npos) {
    const CLI::Option* option = find_option(command, word.substr(0, equals));
    if (option == nullptr) return {};
    Completion out = fitting(value_of(line, *option, word.substr(equals + 1)), word.substr(equals + 1));
    for (Candidate& one : out.words) one.text.insert(0, word.substr(0, equals + 1));
    return out;
  }
  return fitting(word.starts_with("-") ? option_words(command) : argument(line, word), word);
}

std::string completion_lines(const Completion& completion) {
  std::string out;
  for (const Candidate& one : completion.words)
    if (one.text.find_first_of("\n\t") == std::string::npos) out += printable(one.text) + (one.told.empty() ? "" : "\t" + printable(one.told)) + "\n";
  return out + ":" + (completion.files ? " files" : "") + (completion.open ? " open" : "") + "\n";
}

}  // namespace tonnage::cli
