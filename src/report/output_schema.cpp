#include "tonnage/report/output_schema.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "json_facts.hpp"
#include "output_kinds.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/scenario/fields.hpp"

namespace tonnage::report {

namespace {

bool has_mark(const std::string& type, char mark) { return type.find(mark) != std::string::npos; }
std::string bare(std::string type) {
  std::erase_if(type, [](char c) { return c == '?' || c == '~'; });
  return type;
}

/// A member of a document and what is below it.
struct Member {
  std::string name;
  const OutputField* field = nullptr;
  std::vector<Member> members;
  std::unique_ptr<Member> item, value;

  Member& at(const std::string& called) {
    const auto found = std::find_if(members.begin(), members.end(), [&](const Member& one) { return one.name == called; });
    if (found != members.end()) return *found;
    members.emplace_back().name = called;
    return members.back();
  }
  Member& inside(std::unique_ptr<Member> Member::*which) {
    if (!(this->*which)) this->*which = std::make_unique<Member>();
    return *(this->*which);
  }
};

/// Adds a path such as "orders[].nodes" or "reach{}[]".
void add(Member& root, const OutputField& field) {
  Member* at = &root;
  for (std::string_view step : split(field.path, '.')) {
    const auto name = step.substr(0, step.find_first_of("[{"));
    if (!name.empty()) at = &at->at(std::string(name));
    for (step.remove_prefix(name.size()); !step.empty(); step.remove_prefix(2)) at = &at->inside(step.front() == '[' ? &Member::item : &Member::value);
  }
  at->field = &field;
}

Json closed(Json properties, const std::vector<std::string>& required) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", required}, {"additionalProperties", false}};
}

Json scalar(const std::string& type) {
  if (type == "date") return {{"type", "string"}, {"format", "date"}};
  if (type == "any") return Json::object();
  return {{"type", type == "text" ? "string" : type == "flag" ? "boolean" : type}};
}

Json schema_of(const Member& member) {
  Json out;
  if (member.item) {
    out = {{"type", "array"}, {"items", schema_of(*member.item)}};
  } else if (member.value) {
    out = {{"type", "object"}, {"additionalProperties", schema_of(*member.value)}};
  } else if (!member.members.empty()) {
    Json properties = Json::object();
    std::vector<std::string> required;
    for (const Member& below : member.members) {
      properties[below.name] = schema_of(below);
      if (below.field == nullptr || !has_mark(below.field->type, '~')) required.push_back(below.name);
    }
    out = closed(std::move(properties), required);
  } else {
    out = scalar(bare(member.field->type));
  }
  if (member.field == nullptr) return out;
  if (has_mark(member.field->type, '?')) out["type"] = Json::array({out["type"], "null"});
  out["description"] = member.field->meaning;
  return out;
}

Json part_schema(const OutputPart& part) {
  Member root;
  for (const OutputField& field : part.fields) add(root, field);
  Json out = schema_of(root);
  out["description"] = part.meaning;
  return out;
}

/// Type of a cell: an empty one is null.
std::string cell_type(const ColumnText& column) {
  if (const std::string type = bare(column.type); !type.empty()) return type;
  const std::string unit = column.unit;
  return unit.empty() || unit == "date" || unit == "time" || unit == "JSON" ? "text" : "number";
}

/// Names of columns that stand for several; empty for one that does not.
std::string pattern_of(const std::string& name) {
  if (name == "qLEVEL") return "^q[01]\\.?[0-9]*$";
  if (name == "COLUMN") return "";
  if (name == "PATH") return "^(" + join(scenario::known_keys(""), "|") + ")([.\\[].*)?$";
  return "";
}

Json column_schema(const ColumnText& column) {
  const std::string unit = column.unit, meaning = column.meaning;
  return {{"type", {cell_type(column) == "text" ? "string" : "number", "null"}}, {"description", unit.empty() || unit == "1" ? meaning : unit + ": " + meaning}};
}

Json row_schema(const TableText& table) {
  Json properties = Json::object(), patterns = Json::object();
  std::vector<std::string> required;
  for (const ColumnText& column : table.columns) {
    if (std::string(column.name) == "COLUMN") return {{"type", "object"}, {"description", table.row}, {"additionalProperties", {{"type", {"string", "number", "null"}}}}};
    if (const std::string pattern = pattern_of(column.name); !pattern.empty()) {
      patterns[pattern] = column_schema(column);
      continue;
    }
    properties[column.name] = column_schema(column);
    if (!has_mark(column.type, '~')) required.emplace_back(column.name);
  }
  Json out = closed(std::move(properties), required);
  if (!patterns.empty()) out["patternProperties"] = std::move(patterns);
  out["description"] = table.row;
  return out;
}

/// Members that say where a document is from: those of all, and those of documents with a scenario in them.
Json head_members(const OutputKind& kind) {
  Json out = {{"tonnage", {{"const", document_version}, {"description", "version of this form"}}}, {"kind", {{"const", kind.kind}}}};
  if (kind.parts.empty()) return out;
  const Json texts = {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
  const auto told = [](Json schema, const char* meaning) {
    schema["description"] = meaning;
    return schema;
  };
  out["inputs"] = told({{"type", "object"}, {"additionalProperties", {{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}}}}, "SHA-256 of each file that was read");
  out["seed"] = told({{"type", "integer"}}, "of all random streams");
  out["facts"] = {{"$ref", "#/$defs/part_facts"}};
  out["scenario"] = told({{"type", "object"}}, "as it was read, overlays and --set included: see 'tonnage schema'");
  out["places"] = told(texts, "file, line and column of each path of the scenario");
  if (std::string(kind.kind) == "plan") out["files"] = told(texts, "text of each file that the scenario names");
  return out;
}

Json kind_schema(const OutputKind& kind) {
  Json properties = head_members(kind);
  std::vector<std::string> required;
  for (const auto& [name, schema] : properties.items()) required.push_back(name);
  for (const std::string part : kind.parts) {
    properties[plain_name(part)] = {{"$ref", "#/$defs/part_" + plain_name(part)}};
    if (!may_be_absent(part)) required.push_back(part);
  }
  std::map<std::string, Json> rows;
  for (const TableUse& use : kind.tables) rows[use.member].push_back(row_schema(table_text(use)));
  for (const TableUse& use : kind.tables) {
    const std::string name = plain_name(use.member);
    if (properties.contains(name)) continue;
    const Json& of = rows[use.member];
    properties[name] = {{"type", "array"}, {"items", of.size() == 1 ? of[0] : Json{{"anyOf", of}}}};
    if (!may_be_absent(use.member)) required.push_back(name);
  }
  Json out = closed(std::move(properties), required);
  out["description"] = fmt::format("tonnage {} --format json", kind.call);
  return out;
}

}  // namespace

std::vector<std::string> json_commands() {
  std::vector<std::string> out;
  for (const OutputKind& kind : output_kinds())
    if (std::find(out.begin(), out.end(), kind.command) == out.end()) out.emplace_back(kind.command);
  return out;
}

std::string output_schema(const std::string& command) {
  Json out = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", fmt::format("JSON that tonnage {} writes, version {}", command.empty() ? "" : command, document_version)},
              {"type", "object"}, {"required", {"tonnage", "kind"}}, {"properties", {{"kind", {{"enum", Json::array()}}}}}, {"allOf", Json::array()}, {"$defs", Json::object()}};
  if (command.empty()) out["title"] = fmt::format("JSON that tonnage writes, version {}", document_version);
  bool documents = false;
  for (const OutputKind& kind : output_kinds()) {
    if (!command.empty() && command != kind.command) continue;
    documents = documents || !kind.parts.empty();
    out["properties"]["kind"]["enum"].push_back(kind.kind);
    out["allOf"].push_back({{"if", {{"properties", {{"kind", {{"const", kind.kind}}}}}}}, {"then", {{"$ref", std::string("#/$defs/") + kind.kind}}}});
    out["$defs"][kind.kind] = kind_schema(kind);
    for (const std::string part : kind.parts) out["$defs"]["part_" + plain_name(part)] = part_schema(output_part(plain_name(part)));
  }
  if (documents) out["$defs"]["part_facts"] = part_schema(output_part("facts"));
  return out.dump(2) + "\n";
}

namespace {

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string type_text(const std::string& type) {
  return bare(type) + (has_mark(type, '?') ? " or null" : "") + (has_mark(type, '~') ? ", may be absent" : "");
}

std::string part_markdown(const OutputPart& part) {
  std::string out = fmt::format("\n## Member `{}`: {}\n\n| member | type | meaning |\n|---|---|---|\n", part.name, part.meaning);
  for (const OutputField& field : part.fields) out += fmt::format("| `{}` | {} | {} |\n", field.path, type_text(field.type), cell(field.meaning));
  return out;
}

std::string table_markdown(const TableText& table) {
  std::string out = fmt::format("\n## Table `{}` of `{}`\n\nA row is {}.\n\n| column | type | unit | meaning |\n|---|---|---|---|\n", table.name, table.command, table.row);
  for (const ColumnText& column : table.columns)
    out += fmt::format("| `{}` | {}{} | {} | {} |\n", column.name, cell_type(column), has_mark(column.type, '~') ? ", may be absent" : "", column.unit, cell(column.meaning));
  return out;
}

/// "`demand`, `plan`; `ledger` where there is a plan; tables ..."
std::string members_text(const OutputKind& kind) {
  std::vector<std::string> out;
  for (const std::string part : kind.parts) out.push_back("`" + plain_name(part) + "`" + (may_be_absent(part) ? " (where there is a plan)" : ""));
  for (const TableUse& use : kind.tables) {
    const std::string text = "`" + plain_name(use.member) + "`" + (may_be_absent(use.member) ? " (may be absent)" : "");
    if (std::find(out.begin(), out.end(), text) == out.end()) out.push_back(text);
  }
  if (!kind.parts.empty()) out.emplace_back("`facts`");
  return join(out, ", ");
}

}  // namespace

std::string outputs_markdown() {
  std::string out = fmt::format("# JSON\n\nWhat commands write with `--format json`. Version {0}, which every document has as `tonnage`: within a version members are added, none changes its\n"
                                "name, unit or meaning. `tonnage schema --outputs` prints all of this as one JSON Schema (2020-12), `tonnage schema --outputs COMMAND` that of one\n"
                                "command; they are closed, so that they are those of this very version. Amounts are in the currency of the scenario, whatever their names say. `check --format sarif`\n"
                                "follows SARIF 2.1.0. Tables have their rows as objects; an empty cell is null. Those that are not below are those of [CSV](columns.md).\n"
                                "Made by `tonnage schema --outputs --format markdown`.\n\n| kind | command | members |\n|---|---|---|\n", document_version);
  for (const OutputKind& kind : output_kinds()) out += fmt::format("| `{}` | `tonnage {}` | {} |\n", kind.kind, kind.call, members_text(kind));
  out += "\nDocuments of `plan`, `allocate`, `tco`, `forecast` and `curve` of a scenario also have `inputs` (SHA-256 of each file that was read), `seed`, `scenario` (as it was\n"
         "read, overlays and `--set` included), `places` (file, line and column of each path) and, of `plan`, `files` (the text of each file that the scenario names).\n"
         "In paths `[]` is an item of a list and `{}` a member of a map whose names are data.\n";
  for (const OutputPart& part : output_parts()) out += part_markdown(part);
  for (const TableText& table : json_tables()) out += table_markdown(table);
  return out;
}

}  // namespace tonnage::report
