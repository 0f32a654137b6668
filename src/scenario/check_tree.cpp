#include "check_tree.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_set>

#include <fmt/format.h>

#include "tonnage/core/calendar.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::scenario {

namespace {

constexpr int max_name_length = 128;

std::string quote(std::string_view text) {
  std::string shown(text.substr(0, 60));
  if (text.size() > 60) shown += "…";
  return "'" + shown + "'";
}

/// A unit's kinds: "money|rent" -> the kinds.
std::vector<const QuantityKind*> kinds_of(std::string_view detail) {
  std::vector<const QuantityKind*> kinds;
  for (const std::string_view name : split(detail, '|')) kinds.push_back(quantity_kind(name));
  return kinds;
}

Dimension dimension_of(const QuantityKind& kind) {
  const auto unit = parse_unit(kind.canonical, Currencies{});
  return unit ? unit->first : Dimension{};
}

std::string expected_words(const std::vector<const QuantityKind*>& kinds) {
  std::string out;
  for (std::size_t i = 0; i < kinds.size(); ++i) out += (i == 0 ? "" : i + 1 == kinds.size() ? "; or " : "; ") + std::string(kinds[i]->expected);
  return out;
}

std::string kind_names(const std::vector<const QuantityKind*>& kinds) {
  std::string out;
  for (std::size_t i = 0; i < kinds.size(); ++i) out += (i == 0 ? "" : " or ") + std::string(kinds[i]->name);
  std::replace(out.begin(), out.end(), '-', ' ');
  return out;
}

/// "did you mean '9 MW'?" from the closest unit of the expected kinds.
std::string unit_hint(std::string_view text, const std::string& unit, const std::vector<const QuantityKind*>& kinds) {
  if (unit == "%" && kinds[0]->name == "growth") return "per what? For example '" + std::string(text) + "/year'";
  const bool currency_like = unit.size() == 3 || (unit.size() > 3 && unit[3] == '/');
  if (currency_like && unit.substr(0, 3).find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos && kinds[0]->canonical.find("USD") == 0 && unit.substr(0, 3) != "USD")
    return "other currencies are worth what 'fx' says, e.g. fx: {" + unit.substr(0, 3) + ": 1.08 USD}";
  std::vector<std::string> candidates;
  for (const QuantityKind* kind : kinds)
    for (const std::string_view known : kind->units) candidates.emplace_back(known);
  std::string closest = suggest(unit, candidates);
  if (closest.empty() && unit.size() >= 2)
    for (const std::string& candidate : candidates)
      if (edit_distance(unit, candidate) == 1) closest = closest.empty() ? candidate : closest;
  if (closest.empty()) return {};
  const std::string number(trim(text.substr(0, text.size() - unit.size())));
  return "did you mean '" + number + " " + closest + "'?";
}

/// Ranges of rates are written per year: -1 is -100 %/year.
double range_scale(const QuantityKind& kind) { return kind.name == "growth" || kind.name == "event-rate" ? 365.25 * 86400 : 1; }

/// "pools.*.price" -> "price"
std::string key_of(const Field& field) {
  const auto dot = field.path.rfind('.');
  std::string key(dot == std::string_view::npos ? field.path : field.path.substr(dot + 1));
  if (key == "*" || key == "[]") key = std::string(field.path.substr(0, dot));
  return key;
}

/// A bound in the unit that people use for the kind.
std::string bound_text(double value, const QuantityKind* kind) {
  if (kind != nullptr && kind->name == "ratio" && std::fabs(value) <= 1) return significant(100 * value, 6) + " %";
  if (kind == nullptr || kind->canonical == "1") return significant(value, 6);
  if (kind->name == "growth" || kind->name == "event-rate") return std::fabs(value) > 50 ? significant(100 * value / 365.25, 6) + " %/day" : significant(100 * value, 6) + " %/year";
  std::string best = significant(value, 6) + " " + std::string(kind->canonical);
  for (const std::string_view unit : kind->units)
    if (unit.find(' ') == std::string_view::npos && value != 0) {
      const double in_unit = convert(value, unit);
      if (in_unit >= 1 && in_unit < 10000) best = significant(in_unit, 6) + " " + std::string(unit);
    }
  return value == 0 ? "0" : best;
}

std::string range_words(const Field& field, const QuantityKind* kind) {
  const bool low = std::isfinite(field.min);
  // Bounds that only keep arithmetic sane are not worth telling.
  const bool high = std::isfinite(field.max) && !(low && kind != nullptr && kind->canonical != "1" && (field.max >= 1e6 || (kind->name == "growth" && field.max >= 100)));
  if (low && high) return field.min == field.max ? bound_text(field.min, kind) : bound_text(field.min, kind) + " to " + bound_text(field.max, kind);
  return low ? "at least " + bound_text(field.min, kind) : "at most " + bound_text(field.max, kind);
}

/// 97 where a share is meant: "did you mean '97 %'?"
std::string share_hint(const Quantity& quantity, const QuantityKind& kind, const Field& field) {
  if (kind.name != "ratio" || quantity.has_unit || quantity.value <= 1 || !(quantity.value / 100 >= field.min && quantity.value / 100 <= field.max)) return {};
  return "did you mean '" + significant(quantity.value, 6) + " %'?";
}

/// "95 %" is 0.95 but for rounding.
bool in_range(double value, const Field& field) {
  const double slack = 1e-12 * std::fabs(value);
  return value + slack >= field.min && value - slack <= field.max;
}

class Checker {
 public:
  explicit Checker(TreeCheck& check) : check_(check) {}

  void value(Node& node, const std::string& pattern, const std::string& path, const Mark& key_mark) {
    const std::vector<int> rows = find_fields(pattern);
    if (node.kind == Node::Kind::null) {
      const bool object = std::any_of(rows.begin(), rows.end(), [](int r) { return row(r).type == FieldType::object; });
      if (!object || !path.empty()) error("no-value", "key " + quote(last_name(path)) + " has no value", key_mark, "", expectation(rows));
      return;
    }
    if (const int index = distribution_row(node, rows); index >= 0) return distribution(node, index, path);
    for (const int index : rows) {
      if (form_of(row(index).type) != node.kind) continue;
      node.field = index;
      switch (row(index).type) {
        case FieldType::object: return object(node, pattern, path, key_mark);
        case FieldType::map: return map(node, pattern, path);
        case FieldType::list: return list(node, pattern, path, row(index));
        default: return scalar(node, rows, path);
      }
    }
    error("wrong-form", fmt::format("{} is {}, expected {}", quote(last_name(path)), kind_words(node), expectation(rows)), node.mark);
  }

 private:
  static const Field& row(int index) { return field_table()[static_cast<std::size_t>(index)]; }

  /// The quantity that a mapping is a distribution of; -1 when it is none.
  static int distribution_row(const Node& node, const std::vector<int>& rows) {
    if (node.kind != Node::Kind::mapping) return -1;
    const bool words = std::any_of(node.entries.begin(), node.entries.end(), [](const Entry& e) {
      return e.key == "low" || e.key == "mid" || e.key == "high" || e.key == "normal" || e.key == "lognormal" || e.key == "samples";
    });
    const bool mapping = std::any_of(rows.begin(), rows.end(), [](int r) { return form_of(row(r).type) == Node::Kind::mapping; });
    for (const int index : rows)
      if (row(index).type == FieldType::quantity && row(index).uncertain && (words || !mapping)) return index;
    return -1;
  }

  static Node::Kind form_of(FieldType type) {
    if (type == FieldType::object || type == FieldType::map) return Node::Kind::mapping;
    return type == FieldType::list ? Node::Kind::sequence : Node::Kind::scalar;
  }

  static std::string last_name(const std::string& path) {
    const auto dot = path.rfind('.');
    return path.empty() ? "the scenario" : dot == std::string::npos ? path : path.substr(dot + 1);
  }

  static std::string kind_words(const Node& node) {
    return node.kind == Node::Kind::sequence ? "a list" : node.kind == Node::Kind::mapping ? "a mapping" : "a single value";
  }

  static std::string expectation(const std::vector<int>& rows) {
    std::string out;
    for (const int index : rows) {
      const Field& field = row(index);
      std::string words;
      switch (field.type) {
        case FieldType::object: words = "a mapping"; break;
        case FieldType::map: words = "a mapping of names"; break;
        case FieldType::list: words = "a list"; break;
        case FieldType::quantity: words = expected_words(kinds_of(field.detail)); break;
        default: words = "a single value"; break;
      }
      if (!field.example.empty() && words.find("e.g.") == std::string::npos) words += ", e.g. " + std::string(field.example);
      out += (out.empty() ? "" : "; or ") + words;
    }
    return out;
  }

  void error(std::string code, std::string message, const Mark& mark, std::string hint = {}, std::string note = {}) {
    check_.diagnostics.error(std::move(code), std::move(message), mark, std::move(hint), std::move(note));
  }

  /// "ttft.p95" as a file has it: "ttft: {p95: 600 ms}".
  static std::string nested(const Entry& entry) {
    const std::vector<std::string_view> keys = split(entry.key, '.');
    std::string out = entry.value.kind == Node::Kind::scalar ? entry.value.text : "…";
    for (std::size_t k = keys.size(); k-- > 1;) out = "{" + std::string(keys[k]) + ": " + out + "}";
    return std::string(keys[0]) + ": " + out;
  }

  void object(Node& node, const std::string& pattern, const std::string& path, const Mark& key_mark) {
    const std::vector<std::string> known = known_keys(pattern);
    for (Entry& entry : node.entries) {
      const std::string child = pattern.empty() ? entry.key : pattern + "." + entry.key;
      if (entry.key.find('.') != std::string::npos && !find_fields(child).empty()) {
        error("unknown-key", fmt::format("{} is a path, not a key", quote(entry.key)), entry.key_mark, "did you mean '" + nested(entry) + "'?", "'--set' takes paths, files nest their keys");
        continue;
      }
      if (find_fields(child).empty()) {
        const std::string close = suggest(entry.key, known);
        if (entry.key == "<<") {
          error("unknown-key", "merge keys '<<' are not read", entry.key_mark, "", "use 'extends' or an alias for the whole value");
          continue;
        }
        error("unknown-key", fmt::format("unknown key {}{}", quote(entry.key), path.empty() ? "" : " in " + quote(path)), entry.key_mark,
              close.empty() ? "" : "did you mean '" + close + "'?", "allowed: " + join(known, ", "));
        continue;
      }
      value(entry.value, child, path.empty() ? entry.key : path + "." + entry.key, entry.key_mark);
    }
    for (const std::string& key : known) {
      const std::vector<int> rows = find_fields(pattern.empty() ? key : pattern + "." + key);
      if (!row(rows[0]).required || node.find(key) != nullptr) continue;
      error("missing-key", fmt::format("{} needs the key '{}'", path.empty() ? "the scenario" : quote(path), key),
            key_mark.known() ? key_mark : node.mark, "", fmt::format("for example  {}: {}", key, row(rows[0]).example));
    }
  }

  void map(Node& node, const std::string& pattern, const std::string& path) {
    if (node.entries.empty() && row(node.field).required) error("empty-map", quote(path) + " names nothing", node.mark, "", "for example  " + std::string(row(node.field).example));
    for (Entry& entry : node.entries) {
      if (trim(entry.key).empty() || code_points(entry.key) > max_name_length || printable(entry.key) != entry.key || entry.key.find_first_of(".[]=") != std::string::npos) {
        const bool model_names = pattern == "calibration" && entry.key.find_first_of("[]=") == std::string::npos;  // "h100-sxm/llama-3.1-8b"
        if (pattern != "policies.committed_spend.*" && !model_names) {
          error("bad-name", fmt::format("{} cannot be a name", quote(printable(entry.key))), entry.key_mark, "",
                fmt::format("names have 1 to {} visible characters, without . [ ] =", max_name_length));
          continue;
        }
      }
      check_name(pattern, entry);
      value(entry.value, pattern + ".*", path + "." + entry.key, entry.key_mark);
    }
  }

  /// Keys of some maps are themselves references.
  void check_name(const std::string& pattern, const Entry& entry) {
    const char* collection = pattern == "origins.*" ? "regions" : pattern == "workloads.*.serve" || pattern == "workloads.*.demand.origins" ? "origins"
                             : pattern == "workloads.*.capacity" || pattern == "regions.*.measured_use" ? "nodes" : nullptr;
    if (collection != nullptr) reference(entry.key, collection, entry.key_mark);
    if (pattern == "policies.unmet" && (entry.key.size() != 1 || entry.key[0] < '1' || entry.key[0] > '9'))
      error("bad-priority", quote(entry.key) + " is not a priority, expected 1 to 9", entry.key_mark);
    if (pattern == "policies.committed_spend.*" && (!parse_integer(entry.key) || entry.key.size() != 4))
      error("bad-year", quote(entry.key) + " is not a year, e.g. 2027", entry.key_mark);
  }

  /// The one name that begins so, else the closest.
  static std::string closest_name(const std::string& name, const std::vector<std::string>& names) {
    std::string found;
    for (const std::string& one : names)
      if (name.size() >= 3 && one.rfind(name, 0) == 0) {
        if (!found.empty()) return found.size() <= one.size() ? found : one;
        found = one;
      }
    return found.empty() ? suggest(name, names) : found;
  }

  using Names = std::pair<std::vector<std::string>, std::unordered_set<std::string>>;

  /// Gathered once: a file may hold many thousand references.
  const Names& known_names(std::string_view collection) {
    const auto [found, fresh] = names_.try_emplace(std::string(collection));
    if (fresh) {
      found->second.first = check_.names_of(collection);
      found->second.second = {found->second.first.begin(), found->second.first.end()};
    }
    return found->second;
  }

  void reference(const std::string& name, std::string_view collection, const Mark& mark) {
    const auto& [names, index] = known_names(collection);
    if (index.count(name) > 0) return;
    if (names.empty() && row(find_fields(std::string(collection))[0]).required) return;  // that there are none is a mistake of its own
    // More mistakes than are shown: their suggestions would take long and help nobody.
    const std::string close = check_.diagnostics.error_count() < 1000 ? closest_name(name, names) : "";
    std::string singular(collection);
    singular.pop_back();
    const std::string note = names.empty() ? "there are no " + std::string(collection) : "known: " + name_list(names, 12);
    error("unknown-name", fmt::format("there is no {} {}", singular, quote(name)), mark, close.empty() ? "" : "did you mean '" + close + "'?", note);
  }

  void list(Node& node, const std::string& pattern, const std::string& path, const Field& field) {
    const auto size = static_cast<double>(node.items.size());
    if (!in_range(size, field))
      error("list-length", fmt::format("{} has {} items, allowed is {}", quote(last_name(path)), node.items.size(), range_words(field, nullptr)), node.mark);
    for (std::size_t i = 0; i < node.items.size(); ++i) value(node.items[i], pattern + "[]", fmt::format("{}.{}", path, i), node.items[i].mark);
  }

  void scalar(Node& node, const std::vector<int>& rows, const std::string& path) {
    // Of several scalar forms, a choice is tried first: its words are never quantities.
    for (const int index : rows) {
      const Field& field = row(index);
      if (field.type != FieldType::choice) continue;
      const auto words = split(field.detail, '|');
      if (std::find(words.begin(), words.end(), node.text) == words.end()) continue;
      node.field = index;
      return;
    }
    for (const int index : rows) {
      if (form_of(row(index).type) != Node::Kind::scalar || row(index).type == FieldType::choice) continue;
      node.field = index;
      return one_scalar(node, row(index), path);
    }
    for (const int index : rows) {
      if (row(index).type != FieldType::choice) continue;
      node.field = index;
      return one_scalar(node, row(index), path);
    }
  }

  void one_scalar(Node& node, const Field& field, const std::string& path) {
    switch (field.type) {
      case FieldType::name: return reference(node.text, field.detail, node.mark);
      case FieldType::choice: return choice(node, field, path);
      case FieldType::boolean:
        if (node.quoted || (node.text != "true" && node.text != "false"))
          error("not-boolean", quote(last_name(path)) + " is " + quote(node.text) + ", expected true or false", node.mark);
        return;
      case FieldType::integer: return integer(node, field, path);
      case FieldType::date:
        if (!parse_date(node.text)) error("bad-date", quote(node.text) + " is not a day that exists, expected e.g. 2027-01-31", node.mark);
        return;
      case FieldType::quantity: quantity(node, field); return;
      default: return;
    }
  }

  void choice(const Node& node, const Field& field, const std::string& path) {
    std::vector<std::string> words;
    for (const std::string_view word : split(field.detail, '|')) words.emplace_back(word);
    const std::string close = suggest(node.text, words);
    error_unless(std::find(words.begin(), words.end(), node.text) != words.end(), "not-allowed",
                 fmt::format("{} is {}, expected {}", quote(last_name(path)), quote(node.text), name_list(words, 12)), node.mark,
                 close.empty() ? "" : "did you mean '" + close + "'?");
  }

  void error_unless(bool good, std::string code, std::string message, const Mark& mark, std::string hint) {
    if (!good) error(std::move(code), std::move(message), mark, std::move(hint));
  }

  void integer(Node& node, const Field& field, const std::string& path) {
    const auto parsed = parse_integer(node.text);
    if (!parsed) return error("not-integer", quote(last_name(path)) + " is " + quote(node.text) + ", expected a whole number, e.g. " + std::string(field.example), node.mark);
    if (in_range(static_cast<double>(*parsed), field))
      node.number = static_cast<double>(*parsed);
    else
      error("out-of-range", fmt::format("{} is {}, allowed is {}", quote(last_name(path)), node.text, range_words(field, nullptr)), node.mark);
  }

  bool quantity(Node& node, const Field& field) { return read_quantity(node, field, check_.currencies, check_.diagnostics); }

  /// {low, mid, high}, {normal: {mean, sd}}, {lognormal: {median, p90}}, {samples: FILE}: the middle value is kept.
  void distribution(Node& node, int index, const std::string& path) {
    const Field& field = row(index);
    node.field = index;
    Node* low = node.find("low");
    Node* mid = node.find("mid");
    Node* high = node.find("high");
    const std::string forms = "a distribution is {low, mid, high}, {normal: {mean, sd}} or {lognormal: {median, p90}}";
    if (node.find("normal") != nullptr) return parameters(node, *node.find("normal"), field, "mean", "sd", path);
    if (node.find("lognormal") != nullptr) return parameters(node, *node.find("lognormal"), field, "median", "p90", path);
    if (node.find("samples") != nullptr) return error("not-yet", "samples from a file are not supported yet", node.mark, "", forms);
    for (const Entry& entry : node.entries)
      if (entry.key != "low" && entry.key != "mid" && entry.key != "high") {
        const std::string close = suggest(entry.key, {"low", "mid", "high"});
        return error("unknown-key", "unknown key " + quote(entry.key) + " in " + quote(path), entry.key_mark, close.empty() ? "" : "did you mean '" + close + "'?", forms);
      }
    if (low == nullptr || mid == nullptr || high == nullptr) return error("missing-key", quote(path) + " needs the keys 'low', 'mid' and 'high'", node.mark, "", forms);
    bool good = true;
    for (Node* one : {low, mid, high}) good = leaf(*one, field) && good;
    if (!good) return;
    if (low->dimension != mid->dimension || mid->dimension != high->dimension) return error("mixed-units", "low, mid and high must be in units of one kind", node.mark);
    if (!(*low->number <= *mid->number && *mid->number <= *high->number)) return error("disorder", "low, mid and high must not fall", node.mark);
    keep(node, *mid, {path, UncertainNumber::Form::range, *low->number, *mid->number, *high->number, 0, 0});
  }

  void parameters(Node& node, Node& inner, const Field& field, const char* middle, const char* spread, const std::string& path) {
    Node* a = inner.find(middle);
    Node* b = inner.find(spread);
    if (node.entries.size() != 1 || inner.entries.size() != 2 || a == nullptr || b == nullptr)
      return error("missing-key", fmt::format("{} needs exactly the keys '{}' and '{}'", quote(path), middle, spread), inner.mark);
    Field spread_field = field;
    if (std::string_view(spread) == "sd") spread_field.min = 0;
    const bool good = leaf(*a, field) && leaf(*b, spread_field);
    if (!good) return;
    const bool normal = std::string_view(spread) == "sd";
    if (!normal && (*a->number <= 0 || *b->number < *a->number)) return error("disorder", "a lognormal needs a median above 0 and a p90 not below it", inner.mark);
    keep(node, *a, {path, normal ? UncertainNumber::Form::normal : UncertainNumber::Form::lognormal, 0, *a->number, 0, normal ? *b->number : 0, normal ? 0 : *b->number});
  }

  bool leaf(Node& node, const Field& field) {
    if (node.kind == Node::Kind::scalar) return quantity(node, field);
    error("wrong-form", "expected a single value", node.mark);
    return false;
  }

  void keep(Node& node, const Node& middle, UncertainNumber number) {
    node.number = middle.number;
    node.unit = middle.unit;
    check_.uncertain.push_back(std::move(number));
  }

  TreeCheck& check_;
  std::map<std::string, Names> names_;
};

}  // namespace

bool read_quantity(Node& node, const Field& field, const Currencies& currencies, Diagnostics& diagnostics) {
  const std::vector<const QuantityKind*> kinds = kinds_of(field.detail);
  std::string problem;
  const auto quantity = parse_quantity(node.text, currencies, problem);
  if (!quantity) {
    if (node.text.find_first_of("0123456789") == 0 && node.text.find(',') != std::string::npos) {
      diagnostics.error("not-a-number", fmt::format("{} has a comma; the decimal mark is a point, and digits are not grouped", quote(node.text)), node.mark);
    } else if (problem.rfind("unknown unit", 0) == 0) {
      const std::string unit = problem.substr(14, problem.size() - 15);
      diagnostics.error("unknown-unit", fmt::format("{} for {}, expected {}", problem, kind_names(kinds), expected_words(kinds)), node.mark,
                        unit_hint(node.text, unit, kinds));
    } else {
      diagnostics.error("not-a-number", fmt::format("{}, expected {}", problem, expected_words(kinds)), node.mark);
    }
    return false;
  }
  for (const QuantityKind* kind : kinds) {
    const bool bare = !quantity->has_unit;
    if (bare ? !kind->bare_number : !(quantity->dimension == dimension_of(*kind))) continue;
    node.unit = quantity->unit;
    node.dimension = std::string(kind->name);
    if (in_range(quantity->value * range_scale(*kind), field)) {
      node.number = quantity->value;
      return true;
    }
    diagnostics.error("out-of-range", fmt::format("'{}' is {}, allowed is {}", key_of(field), node.text, range_words(field, kind)), node.mark, share_hint(*quantity, *kind, field));
    return false;
  }
  if (!quantity->has_unit) {
    diagnostics.error("missing-unit", fmt::format("{} needs a unit, expected {}", quote(node.text), expected_words(kinds)), node.mark, kinds.size() == 1 && kinds[0]->units.size() <= 2 ? "did you mean '" + node.text + " " + std::string(kinds[0]->units[0]) + "'?" : std::string());
    return false;
  }
  diagnostics.error("unknown-unit", fmt::format("unknown unit '{}' for {}, expected {}", quantity->unit, kind_names(kinds), expected_words(kinds)), node.mark,
                    unit_hint(node.text, quantity->unit, kinds));
  return false;
}

void check_tree(Node& root, TreeCheck& check) {
  Checker checker(check);
  if (root.kind != Node::Kind::mapping) {
    check.diagnostics.error("wrong-form", "a scenario is a mapping of keys", root.mark, "", "'tonnage init' writes one that runs");
    return;
  }
  checker.value(root, "", "", {});
}

void check_value(Node& value, const std::string& key, TreeCheck& check) {
  Checker checker(check);
  checker.value(value, key, key, value.mark);
}

}  // namespace tonnage::scenario
