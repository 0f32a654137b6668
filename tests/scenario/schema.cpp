#include <map>
#include <regex>
#include <set>

#include <nlohmann/json.hpp>

#include "test.hpp"
#include "tonnage/core/calendar.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/quantity.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/scenario/fields.hpp"

using namespace tonnage;
using namespace tonnage::scenario;
using Json = nlohmann::json;

namespace {

const Json& schema() {
  static const Json parsed = Json::parse(json_schema());
  return parsed;
}

/// The path of what holds a field: "a.*" holds "a.*.b" and "a.*[]".
std::string parent_of(std::string_view path) {
  if (path.size() > 2 && path.substr(path.size() - 2) == "[]") return std::string(path.substr(0, path.size() - 2));
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? "" : std::string(path.substr(0, dot));
}

/// Schemas that stand for one place: itself, or the forms of an anyOf.
std::vector<const Json*> forms_of(const Json& place) {
  if (!place.contains("anyOf")) return {&place};
  std::vector<const Json*> forms;
  for (const Json& form : place["anyOf"]) forms.push_back(&form);
  return forms;
}

/// The schema of a path below "scenario" or "partial"; null when it is not there.
const Json* find_place(const std::string& definition, std::string_view path) {
  if (path.empty()) return &schema()["$defs"][definition];
  const std::string parent = parent_of(path);
  const Json* above = find_place(definition, parent);
  if (above == nullptr) return nullptr;
  const std::string key(path.substr(parent.empty() ? 0 : parent.size() + (path[parent.size()] == '.' ? 1 : 0)));
  for (const Json* form : forms_of(*above)) {
    if (key == "[]" && form->contains("items")) return &(*form)["items"];
    const bool map = form->contains("additionalProperties") && (*form)["additionalProperties"].is_object();
    if (key == "*" && map) return &(*form)["additionalProperties"];
    if (form->contains("properties") && (*form)["properties"].contains(key)) return &(*form)["properties"][key];
  }
  return nullptr;
}

bool fits(const char* kind, const std::string& text) {
  // The one letter outside ASCII is left out: std::regex knows bytes, not characters.
  std::string pattern = schema()["$defs"][kind]["pattern"].get<std::string>();
  for (std::size_t at; (at = pattern.find("µ")) != std::string::npos;) pattern.erase(at, std::string("µ").size());
  return std::regex_search(text, std::regex(pattern));
}

bool accepted(const QuantityKind& kind, const std::string& text) {
  std::string problem;
  const auto quantity = parse_quantity(text, Currencies{}, problem);
  if (!quantity) return false;
  return quantity->has_unit ? quantity->dimension == parse_unit(kind.canonical, Currencies{})->first : kind.bare_number;
}

}  // namespace

TEST_CASE("the field table is a tree, its rows are in order and differ", "[scenario]") {
  std::set<std::string> paths, rows;
  std::string before;
  for (const Field& field : field_table()) {
    const std::string path(field.path);
    INFO(path);
    if (path != before || path.empty()) CHECK(paths.insert(path).second);
    CHECK(rows.insert(path + " " + std::to_string(static_cast<int>(field.type)) + " " + std::string(field.detail)).second);
    before = path;
    CHECK_FALSE(field.help.empty());
    CHECK(field.min <= field.max);
    if (path.empty()) continue;
    CHECK_FALSE(field.example.empty());
    const std::vector<int> above = find_fields(parent_of(path));
    const FieldType wanted = path.back() == ']' ? FieldType::list : path.back() == '*' ? FieldType::map : FieldType::object;
    bool held = false;
    for (const int index : above) held = held || field_table()[static_cast<std::size_t>(index)].type == wanted;
    CHECK(held);
  }
}

TEST_CASE("examples of the field table are values of their fields", "[scenario]") {
  for (const Field& field : field_table()) {
    const std::string path(field.path), example(field.example);
    INFO(path << ": " << example);
    if (field.type == FieldType::date) CHECK(parse_date(example));
    if (field.type == FieldType::integer) CHECK(parse_integer(example));
    if (field.type == FieldType::choice) CHECK(("|" + std::string(field.detail) + "|").find("|" + example + "|") != std::string::npos);
    if (field.type != FieldType::quantity) continue;
    int kinds = 0;
    for (const std::string_view name : split(field.detail, '|')) {
      const QuantityKind* kind = quantity_kind(name);
      REQUIRE(kind != nullptr);
      kinds += accepted(*kind, example);
    }
    CHECK(kinds > 0);
    std::string problem;
    const auto value = parse_quantity(example, Currencies{}, problem);
    REQUIRE(value);
    CHECK(value->value >= field.min);
    CHECK(value->value <= field.max);
  }
}

TEST_CASE("the schema reaches every row of the table", "[scenario]") {
  for (const Field& field : field_table()) {
    INFO(field.path);
    const std::vector<int> rows = find_fields(std::string(field.path));
    for (const char* definition : {"scenario", "partial"}) {
      const Json* place = find_place(definition, field.path);
      REQUIRE(place != nullptr);
      CHECK((*place)["description"] == field_table()[static_cast<std::size_t>(rows[0])].help);
    }
  }
}

TEST_CASE("the schema asks for what the reader asks for, and partial files for nothing", "[scenario]") {
  CHECK(schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  const Json& whole = schema()["$defs"]["scenario"];
  CHECK(whole["required"] == Json({"tonnage", "horizon", "regions", "pools"}));
  CHECK(whole["additionalProperties"] == false);
  CHECK(whole["properties"]["horizon"]["required"] == Json({"start", "periods"}));
  CHECK(whole["properties"]["regions"]["minProperties"] == 1);
  const Json& partial = schema()["$defs"]["partial"];
  CHECK_FALSE(partial.contains("required"));
  const Json* pool = find_place("partial", "pools.*");
  REQUIRE(pool != nullptr);
  CHECK((*pool)["anyOf"].back() == Json({{"type", "null"}}));
  CHECK_FALSE((*pool)["anyOf"][0].contains("required"));
  CHECK((*find_place("partial", "pools.*.held[]"))["required"] == Json({"nodes", "until"}));  // lists are not merged
}

TEST_CASE("every reference of the schema has its definition", "[scenario]") {
  const std::string text = json_schema();
  const std::regex reference("\"#/\\$defs/([^\"]+)\"");
  int count = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), reference), end; it != end; ++it, ++count) {
    INFO((*it)[1]);
    CHECK(schema()["$defs"].contains((*it)[1].str()));
  }
  CHECK(count > 100);
}

TEST_CASE("patterns of quantities take what the reader takes", "[scenario]") {
  for (const QuantityKind& kind : quantity_kinds()) {
    const std::string name(kind.name);
    for (const std::string_view unit : kind.units)
      for (const char* number : {"9 ", "9", "+0.5 ", "-.5 ", "1e3 ", "5. ", "  12.50   ", "1.2 k ", "3 M "}) {
        const std::string text = number + std::string(unit);
        INFO(name << ": " << text);
        if (accepted(kind, text)) CHECK(fits(name.c_str(), text));
      }
    for (const char* text : {"9", "70.55 B", "1.2 k"}) CHECK(fits(name.c_str(), text) == kind.bare_number);
    for (const char* text : {"", "nine", "9 M&W", "0x10 W", "1..2 %"}) CHECK_FALSE(fits(name.c_str(), text));
  }
}

TEST_CASE("patterns of quantities take unusual units and refuse the units of other kinds", "[scenario]") {
  CHECK(fits("power", "9 M W"));
  CHECK(fits("data", "96 k B"));
  CHECK(fits("power", "5 MJ/h"));
  CHECK(fits("energy-price", "0.07 EUR/kWh"));
  CHECK(fits("energy-price", "0.07 USD / kWh"));
  CHECK(fits("duration", "90 sec"));
  CHECK(fits("ratio", "8 h/month"));
  CHECK(fits("token-price", "0.40 USD/M tokens"));
  CHECK(fits("event-rate", "0.4 1/year"));
  CHECK_FALSE(fits("power", "9 MWh"));
  CHECK_FALSE(fits("energy-price", "0.07 USD/kW"));
  CHECK_FALSE(fits("money", "55 USD/h"));
  CHECK_FALSE(fits("data", "96 B"));  // 96 billion without a unit
  CHECK_FALSE(fits("duration", "5 k"));
}

TEST_CASE("a key is explained under names, indices and wildcards", "[scenario]") {
  const std::string pue = explain_field("regions.us.pue");
  CHECK(pue == explain_field("regions.*.pue"));
  CHECK(pue.find("regions.*.pue\n") == 0);
  CHECK(pue.find("facility power over IT power") != std::string::npos);
  CHECK(pue.find("1 to 10") != std::string::npos);
  CHECK(pue.find("default  1\n") != std::string::npos);
  for (const char* path : {"regions.us.power[0].from", "regions.us.power.0.from", "regions.*.power[].from"})
    CHECK(explain_field(path).find("First day of this power") != std::string::npos);
  CHECK(explain_field("pools.us-b200.supply").find("or as") != std::string::npos);
  CHECK(explain_field("policies.unmet.2").find("money per request") != std::string::npos);
  CHECK(explain_field("finance").find("discount_rate") != std::string::npos);
  CHECK_FALSE(explain_field("").empty());
  for (const char* path : {"regions.us.pues", "nope", "regions.", "regions.us.pue.x", "checks[0].nope", "[]", "."})
    CHECK(explain_field(path).empty());
}

TEST_CASE("the reference page names every key and is up to date", "[scenario]") {
  const std::string page = fields_markdown();
  for (const Field& field : field_table()) {
    INFO(field.path);
    if (!field.path.empty()) CHECK(page.find("| `" + std::string(field.path) + "` |") != std::string::npos);
  }
  for (const QuantityKind& kind : quantity_kinds()) CHECK(page.find("| " + std::string(kind.name) + " |") != std::string::npos);
  CHECK(testing::read_text(testing::source_dir() / "docs" / "scenario.md") == page);
}
