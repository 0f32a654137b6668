// The field table: every key a scenario may hold. One table drives the reader, the JSON Schema, docs/scenario.md and
// `schema --explain`, so that they cannot drift.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tonnage::scenario {

enum class FieldType {
  object,    ///< a mapping with the keys of the table
  map,       ///< a mapping whose keys are names
  list,      ///< a sequence
  text,
  name,      ///< the name of an entry of `detail`, e.g. "regions"
  choice,    ///< one of `detail`, separated by |
  boolean,
  integer,
  date,
  quantity,  ///< of a kind in `detail` (core/quantity.hpp), several separated by |
  file,      ///< a path, relative to the file that names it
};

/// One form that the value at `path` may take. A path with several forms has several rows, one after the other.
struct Field {
  std::string_view path;     ///< "regions.*.power": * stands for a name, [] for an item of a list
  FieldType type = FieldType::text;
  std::string_view detail;
  std::string_view fallback; ///< what the absence of the key means, in words or as a value; empty: nothing
  std::string_view help;     ///< one sentence
  std::string_view example;
  double min = -std::numeric_limits<double>::infinity();  ///< in base units; also the least length of a list
  double max = std::numeric_limits<double>::infinity();
  bool required = false;
  bool uncertain = true;     ///< quantities: {low, mid, high} and other distributions are allowed
};

const std::vector<Field>& field_table();

/// Rows of a concrete path, e.g. "regions.us-central.power": indices into the table, empty when the key is unknown.
std::vector<int> find_fields(const std::string& pattern);

/// Keys that the table knows directly below a pattern ("regions.*" -> site, provider, ...).
std::vector<std::string> known_keys(const std::string& pattern);

/// JSON Schema (draft 2020-12) of a scenario, as text.
std::string json_schema();

/// Markdown reference of all keys: docs/scenario.md.
std::string fields_markdown();

/// What `schema --explain PATH` prints; empty when no key matches. `PATH` may name entries ("regions.us.pue") or use *.
std::string explain_field(const std::string& path);

}  // namespace tonnage::scenario
