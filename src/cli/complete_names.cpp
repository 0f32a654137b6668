// Names in a scenario file, paths to its values, cells of its plan.
#include <algorithm>
#include <set>

#include "complete.hpp"
#include "context.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/documents/ledger.hpp"
#include "tonnage/scenario/fields.hpp"

namespace tonnage::cli {

namespace {

using scenario::Field;
using scenario::FieldType;
using scenario::Node;

constexpr std::size_t max_bytes = std::size_t{64} << 20;

/// The file's own tree: of a plan in JSON that of its scenario. Mistakes are nobody's business here.
Node read_tree(const std::string& path, FileSystem& files, std::vector<std::string>& periods) {
  Diagnostics quiet;
  const std::string text = read_file(files, path, max_bytes);
  auto tree = scenario::parse_tree(text, quiet.sources.add(path, text), quiet);
  if (!tree) return {};
  const Node* facts = tree->find("facts");
  const Node* inside = tree->find("scenario");
  if (facts == nullptr || inside == nullptr) return std::move(*tree);
  if (const Node* list = facts->find("periods"); list != nullptr)
    for (const Node& period : list->items)
      if (const Node* name = period.find("name"); name != nullptr) periods.push_back(name->text);
  return *inside;
}

bool is_file(const std::string& path, FileSystem& files) { return !path.empty() && path != "-" && files.kind(path) == FileSystem::Kind::file; }

std::vector<std::string> keys(const Node* node) {
  std::vector<std::string> out;
  if (node != nullptr)
    for (const scenario::Entry& entry : node->entries) out.push_back(entry.key);
  return out;
}

/// "pools.*.price" of "pools.us.price"; nothing when a step is unknown.
std::string pattern_of(const std::string& path) {
  std::string out;
  for (const std::string_view step : split(path, '.')) {
    const std::string before = out.empty() ? "" : out + ".";
    out = before + std::string(step);
    if (scenario::find_fields(out).empty()) out = before + "*";
    if (scenario::find_fields(out).empty()) return "";
  }
  return out;
}

/// Rows of the field table for a path that names entries.
std::vector<const Field*> rows_of(const std::string& path) {
  std::vector<const Field*> out;
  for (const int row : scenario::find_fields(pattern_of(path))) out.push_back(&scenario::field_table()[static_cast<std::size_t>(row)]);
  return out;
}

bool goes_on(const std::string& path) {
  const auto rows = rows_of(path);
  return std::any_of(rows.begin(), rows.end(), [](const Field* f) { return f->type == FieldType::map || f->type == FieldType::object; });
}

/// Words that a value may be.
std::vector<std::string> values_of(const std::string& path, const ScenarioNames& names) {
  std::vector<std::string> out;
  for (const Field* field : rows_of(path)) {
    if (field->type == FieldType::boolean) out.insert(out.end(), {"true", "false"});
    if (field->type == FieldType::choice)
      for (const std::string_view word : split(field->detail, '|')) out.emplace_back(word);
    if (field->type != FieldType::name) continue;
    const std::string section(field->detail);
    std::vector<std::string> known = names.of(section);
    const Catalog& shipped = shipped_catalog();
    const std::vector<std::string> more = section == "nodes" ? shipped.node_names() : section == "models" ? shipped.model_names() : section == "accelerators" ? shipped.accelerator_names() : std::vector<std::string>{};
    known.insert(known.end(), more.begin(), more.end());
    out.insert(out.end(), known.begin(), known.end());
  }
  return out;
}

/// Keys below a path: those of the file, then those of the table.
std::vector<std::string> keys_below(const std::string& parent, const ScenarioNames& names) {
  std::vector<std::string> path;
  for (const std::string_view part : split(parent, '.'))
    if (!part.empty()) path.emplace_back(part);
  std::vector<std::string> out = keys(path.empty() ? &names.tree() : scenario::value_at(names.tree(), path));
  std::vector<std::string> patterns = {""};
  if (!parent.empty()) {
    patterns.clear();
    for (const Field* field : rows_of(parent)) patterns.emplace_back(field->path);
  }
  for (const std::string& pattern : patterns)
    for (const std::string& key : scenario::known_keys(pattern))
      if (std::find(out.begin(), out.end(), key) == out.end()) out.push_back(key);
  std::erase_if(out, [](const std::string& key) { return key.find_first_of(".=") != std::string::npos; });
  return out;
}

}  // namespace

ScenarioNames::ScenarioNames(const std::string& path, const std::vector<std::string>& overlays, FileSystem& files) {
  std::vector<std::string> sound;
  std::copy_if(overlays.begin(), overlays.end(), std::back_inserter(sound), [&](const std::string& one) { return is_file(one, files); });
  if (is_file(path, files)) {
    Diagnostics quiet;
    if (const auto loaded = scenario::load_scenario({path, sound, {}, false}, shipped_catalog(), files, quiet)) {
      tree_ = loaded->tree;
      for (const Period& period : loaded->scenario.periods) periods_.push_back(period.name);
      return;
    }
    tree_ = read_tree(path, files, periods_);
  }
  for (const std::string& one : sound) scenario::merge(tree_, read_tree(one, files, periods_));
}

std::vector<std::string> ScenarioNames::of(const std::string& section) const { return keys(tree_.find(section)); }

std::vector<std::string> ScenarioNames::providers() const {
  std::set<std::string> out;
  if (const Node* regions = tree_.find("regions"); regions != nullptr)
    for (const scenario::Entry& region : regions->entries)
      if (const Node* provider = region.value.find("provider"); provider != nullptr) out.insert(provider->text);
  return {out.begin(), out.end()};
}

std::vector<std::string> ScenarioNames::periods() const { return periods_; }

Completion complete_path(const std::string& word, const ScenarioNames& names) {
  Completion out;
  if (const auto equals = word.find('='); equals != std::string::npos) {
    for (const std::string& value : values_of(word.substr(0, equals), names)) out.words.push_back({word.substr(0, equals + 1) + value, ""});
    return out;
  }
  const auto dot = word.rfind('.');
  const std::string parent = dot == std::string::npos ? "" : word.substr(0, dot);
  out.open = true;
  for (const std::string& key : keys_below(parent, names)) {
    const std::string path = parent.empty() ? key : parent + "." + key;
    const auto rows = rows_of(path);
    if (rows.empty()) continue;
    const std::string what(rows.front()->help);
    out.words.push_back({path + (goes_on(path) ? "." : "="), what.substr(0, what.find_first_of(".;"))});
  }
  return out;
}

Completion complete_cell(const std::string& word, const ScenarioNames& names) {
  Completion out;
  const auto at = word.find_last_of("[,");
  if (at == std::string::npos) {
    out.open = true;
    out.words.push_back({"cost[", ""});
    return out;
  }
  std::vector<std::string> known = names.periods();
  for (const char* section : {"pools", "regions", "workloads", "costs"})
    for (const std::string& name : names.of(section)) known.push_back(name);
  for (const std::string& category : cost_categories()) known.push_back(category);
  const std::string before = word.substr(0, at + 1);
  for (const std::string& name : known)
    if (("," + before.substr(before.find('[') + 1)).find("," + name + ",") == std::string::npos) out.words.push_back({before + name + "]", ""});
  return out;
}

}  // namespace tonnage::cli
