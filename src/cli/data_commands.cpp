// catalog, schema, init: commands that show or write what is shipped.
#include <algorithm>

#include <fmt/format.h>

#include "context.hpp"
#include "tonnage/core/embedded.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/columns.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/output_schema.hpp"
#include "tonnage/report/pages.hpp"
#include "tonnage/scenario/fields.hpp"

namespace tonnage::cli {

namespace {

std::string hint(const std::string& word, const std::vector<std::string>& known) {
  const std::string close = suggest(word, known);
  return close.empty() ? "; known: " + name_list(known, 12) : "; did you mean '" + close + "'?";
}

}  // namespace

int catalog_command(const Context& context) {
  const std::vector<std::string> kinds = report::catalog_kinds();
  std::string kind = context.options.kind;
  const std::string& name = context.options.name;
  if (kind.empty()) {
    report::Table table{"catalog", "", {{"kind", "kind"}, {"rows", "rows", report::Column::Kind::number, 0}}, {}, false, "tonnage catalog KIND shows the rows, tonnage catalog KIND NAME one of them with its source"};
    for (const std::string& one : kinds) table.rows.push_back({one, static_cast<double>(report::catalog_table(shipped_catalog(), one, "").rows.size())});
    report::Page page;
    page.title = "Catalogue";
    page.tables.push_back(table);
    context.emit(page, table, report::table_json("catalog", {table}));
    return done;
  }
  if (std::find(kinds.begin(), kinds.end(), kind + "s") != kinds.end()) kind += "s";
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) throw UsageError{"there is no kind '" + kind + "' in the catalogue" + hint(kind, kinds)};
  const report::Table table = report::catalog_table(shipped_catalog(), kind, name);
  if (table.rows.empty()) {
    std::vector<std::string> names;
    for (const auto& row : report::catalog_table(shipped_catalog(), kind, "").rows) names.push_back(std::get<std::string>(row[0]));
    throw UsageError{"there is no '" + name + "' among the " + kind + hint(name, names)};
  }
  context.emit(report::catalog_page(shipped_catalog(), kind, name), table, report::table_json("catalog", {table}));
  return done;
}

namespace {

int outputs_schema(const Context& context) {
  const std::string command = context.options.outputs == "all" ? "" : context.options.outputs;
  const std::vector<std::string> known = report::json_commands();
  if (!command.empty() && std::find(known.begin(), known.end(), command) == known.end()) throw UsageError{"--outputs: '" + command + "' is no command that writes JSON" + hint(command, known)};
  const std::string wanted = context.format({"json", "markdown", "table"});
  if (wanted == "markdown" && !command.empty()) throw UsageError{"--outputs: Markdown tells of all commands, expected no name"};
  context.emit(wanted == "markdown" ? report::outputs_markdown() : report::output_schema(command));
  return done;
}

}  // namespace

int schema_command(const Context& context) {
  const std::string& path = context.options.explain_path;
  if (!context.options.outputs.empty()) return outputs_schema(context);
  if (context.options.tables) {
    (void)context.format({"table", "markdown"});
    context.emit(report::columns_markdown());
    return done;
  }
  if (path.empty()) {
    const std::string wanted = context.format({"json", "markdown", "table"});
    context.emit(wanted == "markdown" ? scenario::fields_markdown() : scenario::json_schema());
    return done;
  }
  (void)context.format({"table"});
  const std::string text = scenario::explain_field(path);
  if (text.empty()) {
    std::string parent = path;
    std::string last = path;
    const auto dot = path.rfind('.');
    parent = dot == std::string::npos ? "" : path.substr(0, dot);
    if (dot != std::string::npos) last = path.substr(dot + 1);
    std::vector<std::string> known = scenario::known_keys(parent);
    if (known.empty() && !parent.empty()) {
      const auto top = parent.find('.');
      known = scenario::known_keys(top == std::string::npos ? parent + ".*" : parent.substr(0, top) + ".*");
    }
    throw UsageError{"there is no key '" + path + "' in a scenario" + (known.empty() ? "" : hint(last, known))};
  }
  context.emit(text);
  return done;
}

int init_command(const Context& context) {
  std::vector<std::string> templates;
  for (const auto& file : embedded::embedded_examples()) {
    const std::string folder(file.path.substr(0, file.path.find('/')));
    if (file.path.find('/') != std::string_view::npos && std::find(templates.begin(), templates.end(), folder) == templates.end()) templates.push_back(folder);
  }
  const std::string name = context.options.template_name.empty() ? "assistant" : context.options.template_name;
  if (std::find(templates.begin(), templates.end(), name) == templates.end()) throw UsageError{"there is no template '" + name + "'" + hint(name, templates)};
  const std::string folder = context.options.out.empty() ? "." : context.options.out;
  FileSystem& files = context.environment.files;
  if (files.kind(folder) != FileSystem::Kind::folder) throw UsageError{"'" + folder + "' is not a folder; make it first"};
  std::vector<std::pair<std::string, std::string_view>> wanted;
  for (const auto& file : embedded::embedded_examples())
    if (file.path.rfind(name + "/", 0) == 0 && file.path.find("README") == std::string_view::npos) wanted.emplace_back(folder + "/" + std::string(file.path.substr(name.size() + 1)), file.contents);
  for (const auto& [path, contents] : wanted)
    if (files.kind(path) != FileSystem::Kind::missing) throw UsageError{"'" + path + "' is already there; nothing was written"};
  std::string made;
  for (const auto& [path, contents] : wanted) {
    write_file(files, path, contents);
    made += "wrote " + path + "\n";
  }
  const auto scenario_file = std::find_if(wanted.begin(), wanted.end(), [](const auto& w) { return w.first.size() > 5 && w.first.substr(w.first.size() - 5) == ".yaml"; });
  write_all(files, 1, "standard output", made + (scenario_file == wanted.end() ? "" : "next: tonnage plan " + scenario_file->first + "\n"));
  return done;
}

}  // namespace tonnage::cli
