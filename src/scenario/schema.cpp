// The field table in three other forms: JSON Schema, Markdown, and the answer to `schema --explain`.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "schema_sections.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/quantity.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/scenario/fields.hpp"
#include "tonnage/scenario/node.hpp"

namespace tonnage::scenario {

namespace {

using Json = nlohmann::ordered_json;

const Field& row(int index) { return field_table()[static_cast<std::size_t>(index)]; }

std::vector<const QuantityKind*> kinds_of(const Field& field) {
  std::vector<const QuantityKind*> kinds;
  for (const std::string_view name : split(field.detail, '|')) kinds.push_back(quantity_kind(name));
  return kinds;
}

bool takes_bare_number(const Field& field) {
  return std::ranges::any_of(kinds_of(field), [](const QuantityKind* kind) { return kind->bare_number; });
}

/// What the reader says to a unit: whether "1 UNIT" is a quantity of this kind.
bool accepts(const QuantityKind& kind, const std::string& unit) {
  std::string problem;
  const auto quantity = parse_quantity("1 " + unit, Currencies{}, problem);
  const auto canonical = parse_unit(kind.canonical, Currencies{});
  if (!quantity || !canonical) return false;
  return quantity->has_unit ? quantity->dimension == canonical->first : kind.bare_number;
}

// ---- JSON Schema ----

/// Every unit that a kind names, whole and in parts: "USD/kWh" -> also "USD", "kWh".
std::set<std::string> known_units() {
  std::set<std::string> out;
  for (const QuantityKind& kind : quantity_kinds())
    for (const std::string_view unit : kind.units) {
      out.emplace(unit);
      for (const std::string_view part : split(unit, '/'))
        if (!part.empty()) out.emplace(part.substr(part.rfind(' ') + 1));
    }
  return out;
}

/// The reader knows more units than a pattern could list (prefixes, currencies, J/s for W). So the pattern asks for the form
/// of a quantity and only refuses the known units that the reader would refuse too, such as MWh for power.
Json kind_schema(const QuantityKind& kind) {
  const std::string number = R"(\s*\+?-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*)";
  const std::string word = "(?:[kKMBGT]|bn)";
  std::string wrong = kind.bare_number ? "" : word;  // "9 M" has no unit
  std::string units;
  for (const std::string& unit : known_units())
    if (!accepts(kind, unit)) units += (units.empty() ? "" : "|") + unit;
  wrong += (wrong.empty() ? "" : "|") + ("(?:" + word + "\\s+)?(?:" + units + ")");
  const std::string refuse = "(?!" + number + "(?:" + wrong + ")\\s*$)";
  const std::string unit = R"([A-Za-zµ%/1][A-Za-zµ%/1\s]*)";
  Json out = {{"type", "string"}};
  out["pattern"] = "^" + refuse + number + (kind.bare_number ? "(?:" + unit + ")?$" : unit + "$");
  out["patternErrorMessage"] = "expected " + std::string(kind.expected);
  out["x-unit"] = kind.canonical;
  if (!kind.units.empty()) out["x-units"] = kind.units;
  return out;
}

void put_number(Json& out, const char* key, double value) {
  if (!std::isfinite(value)) return;
  const bool whole = value == std::floor(value) && std::fabs(value) < 9e15;
  out[key] = whole ? Json(static_cast<long long>(value)) : Json(value);
}

void put_range(Json& out, const Field& field, const char* least = "minimum", const char* most = "maximum") {
  put_number(out, least, field.min);
  put_number(out, most, field.max);
}

Json reference(const std::string& name) { return {{"$ref", "#/$defs/" + name}}; }

Json any_of(std::vector<Json> forms) {
  if (forms.size() == 1) return std::move(forms[0]);
  return {{"anyOf", std::move(forms)}};
}

Json closed_object(const std::vector<std::pair<std::string, Json>>& properties) {
  Json out = {{"type", "object"}, {"properties", Json::object()}, {"required", Json::array()}, {"additionalProperties", false}};
  for (const auto& [name, schema] : properties) {
    out["properties"][name] = schema;
    out["required"].push_back(name);
  }
  return out;
}

/// "money|rent" -> "uncertain-money-or-rent".
std::string uncertain_name(std::string_view detail) {
  std::string out = "uncertain-";
  for (const char c : detail) out += c == '|' ? std::string("-or-") : std::string(1, c);
  return out;
}

/// A number with a unit, and a bare one where that is enough.
std::vector<Json> plain_forms(const Field& field) {
  std::vector<Json> forms;
  if (takes_bare_number(field)) forms.push_back({{"type", "number"}});
  for (const QuantityKind* kind : kinds_of(field)) forms.push_back(reference(std::string(kind->name)));
  return forms;
}

void quantity_forms(const Field& field, std::vector<Json>& forms) {
  const std::vector<Json> plain = plain_forms(field);
  const std::size_t first = forms.size();
  forms.insert(forms.end(), plain.begin(), plain.end());
  if (takes_bare_number(field)) put_range(forms[first], field);
  if (field.uncertain) forms.push_back(reference(uncertain_name(field.detail)));
}

/// The distributions that the reader takes in place of a number.
Json distributions(const Field& field) {
  const Json leaf = any_of(plain_forms(field));
  return any_of({closed_object({{"low", leaf}, {"mid", leaf}, {"high", leaf}}),
                 closed_object({{"normal", closed_object({{"mean", leaf}, {"sd", leaf}})}}),
                 closed_object({{"lognormal", closed_object({{"median", leaf}, {"p90", leaf}})}})});
}

/// Unquoted numbers and words such as true are text where text is wanted.
Json text_schema() { return {{"type", {"string", "number", "boolean"}}}; }

Json choice_schema(const Field& field) {
  Json words = Json::array();
  for (const std::string_view word : split(field.detail, '|')) {
    words.push_back(word);
    if (const auto number = parse_integer(word)) words.push_back(*number);
  }
  return {{"enum", words}};
}

/// The value of an example: it is YAML, as in a scenario.
Json to_json(const Node& node) {
  if (node.kind == Node::Kind::null) return nullptr;
  if (node.kind == Node::Kind::sequence) {
    Json out = Json::array();
    for (const Node& item : node.items) out.push_back(to_json(item));
    return out;
  }
  if (node.kind == Node::Kind::mapping) {
    Json out = Json::object();
    for (const Entry& entry : node.entries) out[entry.key] = to_json(entry.value);
    return out;
  }
  if (node.quoted) return node.text;
  if (node.text == "true" || node.text == "false") return node.text == "true";
  if (const auto whole = parse_integer(node.text)) return *whole;
  if (const auto number = parse_double(node.text)) return *number;
  return node.text;
}

void put_notes(Json& out, const std::vector<int>& rows) {
  const Field& first = row(rows[0]);
  out["description"] = first.help;
  if (!first.fallback.empty()) out["x-default"] = first.fallback;
  Json units = Json::array();
  Json examples = Json::array();
  for (const int index : rows) {
    const Field& field = row(index);
    if (field.type == FieldType::quantity)
      for (const QuantityKind* kind : kinds_of(field)) units.push_back(kind->canonical);
    Diagnostics quiet;
    if (const auto node = field.example.empty() ? std::nullopt : parse_tree(field.example, quiet.sources.add("", ""), quiet))
      examples.push_back(to_json(*node));
  }
  if (units.size() == 1) out["x-unit"] = units[0];
  if (units.size() > 1) out["x-unit"] = units;
  if (!examples.empty()) out["examples"] = examples;
}

/// Writes the schema of one part of a scenario. `partial` is for files that are merged into others: no key is required there,
/// and null takes a key away; lists are never merged, so that their items stay whole.
class SchemaWriter {
 public:
  explicit SchemaWriter(bool partial) : partial_(partial) {}

  Json value(const std::string& path) const {
    const std::vector<int> rows = find_fields(path);
    std::vector<Json> forms;
    for (const int index : rows) add_forms(row(index), path, forms);
    if (partial_ && !path.empty()) forms.push_back({{"type", "null"}});
    Json out = any_of(std::move(forms));
    put_notes(out, rows);
    return out;
  }

 private:
  void add_forms(const Field& field, const std::string& path, std::vector<Json>& forms) const {
    switch (field.type) {
      case FieldType::object: return forms.push_back(object(path));
      case FieldType::map: return forms.push_back(map(field, path));
      case FieldType::list: return forms.push_back(list(field, path));
      case FieldType::quantity: return quantity_forms(field, forms);
      case FieldType::choice: return forms.push_back(choice_schema(field));
      case FieldType::boolean: return forms.push_back({{"type", "boolean"}});
      case FieldType::integer: return integer(field, forms);
      case FieldType::date: return forms.push_back({{"type", "string"}, {"format", "date"}, {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}});
      case FieldType::name:
        forms.push_back(text_schema());
        forms.back()["x-name-of"] = field.detail;
        return;
      default: return forms.push_back(text_schema());
    }
  }

  /// Quoted whole numbers are read as well.
  static void integer(const Field& field, std::vector<Json>& forms) {
    forms.push_back({{"type", "integer"}});
    put_range(forms.back(), field);
    forms.push_back({{"type", "string"}, {"pattern", "^-?[0-9]+$"}});
  }

  Json object(const std::string& path) const {
    Json out = {{"type", "object"}, {"properties", Json::object()}};
    Json required = Json::array();
    for (const std::string& key : known_keys(path)) {
      const std::string child = path.empty() ? key : path + "." + key;
      out["properties"][key] = value(child);
      if (row(find_fields(child)[0]).required) required.push_back(key);
    }
    if (!partial_ && !required.empty()) out["required"] = required;
    out["additionalProperties"] = false;
    return out;
  }

  Json map(const Field& field, const std::string& path) const {
    Json out = {{"type", "object"}, {"additionalProperties", value(path + ".*")}};
    if (!partial_ && field.required) out["minProperties"] = 1;
    return out;
  }

  static Json list(const Field& field, const std::string& path) {
    Json out = {{"type", "array"}, {"items", SchemaWriter(false).value(path + "[]")}};
    put_range(out, field, "minItems", "maxItems");
    return out;
  }

  bool partial_;
};

// ---- Markdown ----

constexpr const char* intro = R"(# Scenario files

A scenario is one YAML 1.2 or JSON file. This page is made from the table that the reader itself uses; `tonnage schema` prints
the same table as JSON Schema, `tonnage schema --explain PATH` prints one key of it.

**Names.** Maps are keyed by name. A name has 1 to 128 visible characters, without `.`, `[`, `]` and `=`. In this page `*` stands
for a name and `[]` for an item of a list.

**Quantities** are a number and a unit: `9 MW`, `0.074 USD/kWh`, `5 months`. The unit is checked; a bare number where a unit is
needed is an error. Between number and unit one of the words `k`, `M`, `B` and `T` may stand: `460 k USD`, `1.2 k requests/s`.
Units take SI prefixes (`kW`, `ms`, `TB`), bytes also binary ones (`GiB`); words take an `s` (`months`). A month is a twelfth of
365.25 days. Shares are `45 %` or `0.45`. Amounts are in the scenario's `currency` or in one that `fx` gives.

**Dates** are days, `2027-01-31`. Times in tables are UTC: `2027-01-31 13:00`, `2027-01-31T13:00:00Z`.

**Uncertain numbers.** A quantity may be a distribution in place of a number, unless its row says *exact*:
`{low: 410 k USD, mid: 460 k USD, high: 520 k USD}`, `{normal: {mean: 0.074 USD/kWh, sd: 0.006 USD/kWh}}` or
`{lognormal: {median: 460 k USD, p90: 520 k USD}}`.

**Building on other files.** `extends: base.yaml` reads another file first; `--overlay FILE` merges a file over the scenario, in
order; `--set regions.us-central.pue=1.25` sets one value, last of all. Mappings merge key by key, all else is replaced, and a key
whose value is `null` in the later file is taken away. Files are named relative to the file that names them and lie in the
scenario's folder unless `--allow-outside` is given.

A key that nothing in the scenario acts on draws a warning; a key that is not in these tables is an error.
)";

constexpr const char* tables = R"(
## Tables

CSV by RFC 4180, UTF-8, the first line names the columns; their order is free. A mistake is reported at its line and column.

**History** (`workloads.*.demand.history`): regular times (hours, days, weeks, months by one day or by their ends, any step) and values in
`workloads.*.demand.unit`. An empty cell, `NA` or `NaN` and a missing time are gaps, which `gaps: interpolate` accepts. Long:

```csv
time,origin,value
2026-11-22 22:00,americas,412.5
2026-11-22 22:00,europe,133.1
```

`origin` may be left out. With a column `workload` one file serves several workloads, each of which takes its own rows:

```csv
time,workload,origin,value
2026-11-22 22:00,chat,americas,412.5
```

Wide, without a column `value`: every other column is an origin.

```csv
time,americas,europe
2026-11-22 22:00,412.5,133.1
```

**Demand table** (`workloads.*.demand.table`): the load itself, by period (from 1), block, outcome and origin. It needs the keys
`blocks` and `outcomes`. An origin may be `anywhere`. A missing row is zero; an outcome without rows takes those of the first.

```csv
period,block,outcome,workload,origin,requests_per_s
1,peak,base,search,americas,880
```

**Measured points** (`workloads.*.model.table`): a load test of one replica on so many accelerators of a node. Points of nodes
that the scenario does not have draw a warning; between points the latency is interpolated.

```csv
node,accelerators,requests_per_s,latency_p50_ms,latency_p99_ms
h100x8,1,56,24.8,61.3
```
)";

/// A cell of a Markdown table.
std::string comma_list(std::string_view words) {
  std::string out(words);
  for (std::size_t at = out.find('|'); at != std::string::npos; at = out.find('|', at)) out.replace(at, 1, ", ");
  return out;
}

/// The allowed range in words, where its numbers mean something to a reader: bare numbers, lengths, counts.
std::string range_words(const Field& field) {
  constexpr double beyond_use = 1e5;
  const bool plain = field.type == FieldType::integer || field.type == FieldType::list;
  if (!plain && !(field.type == FieldType::quantity && takes_bare_number(field))) return {};
  const bool low = std::isfinite(field.min) && std::fabs(field.min) >= 1e-3;
  const bool high = std::isfinite(field.max) && field.max < beyond_use;
  if (low && field.min == field.max) return significant(field.min, 6);
  if (high && std::isfinite(field.min)) return significant(field.min, 6) + " to " + significant(field.max, 6);
  if (low) return "at least " + significant(field.min, 6);
  return high ? "at most " + significant(field.max, 6) : "";
}

/// "power (W, kW, MW, GW)", "duration": the units where they are few.
std::string quantity_words(const Field& field) {
  constexpr std::size_t few = 4;
  std::string out;
  for (const QuantityKind* kind : kinds_of(field)) {
    out += (out.empty() ? "" : " or ") + std::string(kind->name);
    if (kind->units.empty() || kind->units.size() > few) continue;
    std::string units;
    for (const std::string_view unit : kind->units) units += (units.empty() ? "" : ", ") + std::string(unit);
    out += " (" + units + ")";
  }
  return out;
}

/// "one of own, colo, cloud", "date", "whole number, 1 to 9".
std::string form_words(const Field& field) {
  std::string out;
  switch (field.type) {
    case FieldType::object: return "keys below";
    case FieldType::map: return "names, each with a value";
    case FieldType::list: out = "list"; break;
    case FieldType::text: return "text";
    case FieldType::name: return "a name of " + std::string(field.detail);
    case FieldType::choice: return "one of " + comma_list(field.detail);
    case FieldType::boolean: return "true or false";
    case FieldType::integer: out = "whole number"; break;
    case FieldType::date: return "date";
    case FieldType::file: return "a file's name";
    case FieldType::quantity: out = quantity_words(field); break;
  }
  const std::string range = range_words(field);
  if (!range.empty()) out += (field.type == FieldType::list ? " of length " : ", ") + range;
  if (field.type == FieldType::quantity && !field.uncertain) out += ", exact";
  return out;
}

void add_table_row(const Field& field, std::string& out) {
  const std::string fallback = field.required ? "**required**" : cell(field.fallback);
  out += fmt::format("| {} | {} | {} | {} | {} |\n", code(field.path), cell(field.help), cell(form_words(field)), fallback,
                     code(field.example));
}

std::string table_head() { return "\n| key | what | unit or values | default | example |\n|---|---|---|---|---|\n"; }

std::string_view top_key(const Field& field) { return field.path.substr(0, field.path.find_first_of(".[")); }

// ---- schema --explain ----

/// "pools.*.nodes[]" and "pools.us.nodes[3]" in parts; an index alone, "pools.us.nodes.3", is an item too.
std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  for (std::string_view name : split(path, '.')) {
    const auto bracket = name.find('[');
    if (bracket != 0 && !path.empty()) parts.emplace_back(name.substr(0, bracket));
    for (auto at = bracket; at != std::string_view::npos; at = name.find('[', at + 1)) parts.emplace_back("[]");
  }
  return parts;
}

bool matches(const std::string& pattern, const std::string& part) {
  const bool index = !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
  return pattern == part || (pattern == "*" && !part.empty() && part != "[]") || (pattern == "[]" && index);
}

std::vector<const Field*> rows_at(const std::string& path) {
  const std::vector<std::string> wanted = parts_of(path);
  std::vector<const Field*> found;
  for (const Field& field : field_table()) {
    const std::vector<std::string> parts = parts_of(field.path);
    if (std::equal(parts.begin(), parts.end(), wanted.begin(), wanted.end(), matches)) found.push_back(&field);
  }
  return found;
}

std::string value_words(const Field& field) {
  if (field.type == FieldType::object) return "a mapping with the keys " + join(known_keys(std::string(field.path)), ", ");
  if (field.type == FieldType::map) return "a mapping of names";
  if (field.type != FieldType::quantity) return form_words(field);
  std::string out;
  for (const QuantityKind* kind : kinds_of(field)) out += (out.empty() ? "" : "; or ") + std::string(kind->expected);
  const std::string range = range_words(field);
  if (!range.empty()) out += "; " + range;
  return out + (field.uncertain ? "; may be uncertain: {low, mid, high}" : "; exact");
}

}  // namespace

std::string json_schema() {
  Json out;
  out["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  out["title"] = "Tonnage scenario, version 1";
  out["description"] = "A file that extends another needs no key; '#/$defs/partial' alone is the schema of an overlay.";
  out["if"] = {{"type", "object"}, {"required", {"extends"}}};
  out["then"] = reference("partial");
  out["else"] = reference("scenario");
  out["$defs"]["scenario"] = SchemaWriter(false).value("");
  out["$defs"]["partial"] = SchemaWriter(true).value("");
  for (const QuantityKind& kind : quantity_kinds()) out["$defs"][std::string(kind.name)] = kind_schema(kind);
  for (const Field& field : field_table())
    if (field.type == FieldType::quantity && field.uncertain) out["$defs"][uncertain_name(field.detail)] = distributions(field);
  return out.dump(2) + "\n";
}

std::string fields_markdown() {
  std::string out = intro;
  std::string simple = "\n## General\n" + table_head(), sections;
  const auto& table = field_table();
  for (std::size_t i = 1; i < table.size(); ++i) {
    const std::string_view key = top_key(table[i]);
    const bool alone = table[i].path == key && (i + 1 == table.size() || top_key(table[i + 1]) != key);
    if (!alone && top_key(table[i - 1]) != key) sections += fmt::format("\n## {}\n\n{}\n{}", key, table[i].help, table_head());
    add_table_row(table[i], alone ? simple : sections);
  }
  return out + simple + sections + kinds_section() + tables + figures_section();
}

std::string explain_field(const std::string& path) {
  std::string out;
  for (const Field* field : rows_at(path)) {
    const auto line = [&](const char* label, const std::string& text) {
      if (!text.empty()) out += fmt::format("  {:<9}{}\n", label, text);
    };
    out += fmt::format("{}{}\n", out.empty() ? "" : "\nor as\n", field->path.empty() ? "the scenario" : field->path);
    line("what", std::string(field->help));
    line("value", value_words(*field));
    line("default", field->required ? "none: the key is required" : std::string(field->fallback));
    line("example", std::string(field->example));
  }
  return out;
}

}  // namespace tonnage::scenario
