// The key 'calibration': in a scenario, or in a file of its own.
#include <algorithm>

#include <fmt/format.h>

#include "build.hpp"
#include "check_tree.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::scenario {

CalibrationTable build_calibration(const View& root, const Catalog& catalog, Diagnostics& diagnostics) {
  CalibrationTable out;
  // Names of constants are those of the catalogue's table of efficiencies.
  std::vector<std::string> known, chips = catalog.accelerator_names();
  for (const EfficiencyFactor& row : catalog.efficiencies)
    if (row.scope == "all") known.push_back(row.factor);
  root.at("accelerators").each([&](const std::string& name, const View&) { chips.push_back(name); });
  const auto check = [&](const std::string& name, const std::vector<std::string>& names, const char* what, Mark mark) {
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    const std::string close = suggest(name, names);
    diagnostics.error("unknown-name", fmt::format("there is no {} '{}'", what, name), mark, close.empty() ? "" : "did you mean '" + close + "'?");
  };
  root.at("calibration").each([&](const std::string& what, const View& factors) {
    const auto slash = what.find('/');
    check(what.substr(0, slash), chips, "accelerator", factors.mark());
    if (slash != std::string::npos) check(what.substr(slash + 1), catalog.model_names(), "model in the catalogue", factors.mark());
    factors.each([&](const std::string& factor, const View& value) {
      check(factor, known, "constant of a step", value.mark());
      out[what][factor] = value.number(1);
    });
  });
  return out;
}

std::optional<CalibrationTable> load_calibration(const std::vector<std::string>& paths, const Catalog& catalog, FileSystem& files,
                                                 Diagnostics& diagnostics) {
  FileReader reader(files, ".", true, diagnostics);
  Node merged;
  merged.kind = Node::Kind::mapping;
  for (const std::string& path : paths) {
    const auto file = reader.open(path, ".", {});
    const auto tree = file ? parse_tree(file->text, file->source, diagnostics) : std::nullopt;
    if (!tree) continue;
    if (tree->kind != Node::Kind::mapping) diagnostics.error("wrong-form", "expected the key 'calibration'", tree->mark, "", "'tonnage calibrate' writes such a file");
    for (const Entry& entry : tree->entries)
      if (entry.key != "calibration")
        diagnostics.error("unknown-key", fmt::format("key '{}' has no effect without a scenario, only 'calibration' has", entry.key), entry.key_mark);
    merge(merged, *tree);
  }
  const NamesOf no_names = [](std::string_view) { return std::vector<std::string>{}; };
  const Currencies currencies;
  TreeCheck check{no_names, currencies, diagnostics, {}};
  if (Node* factors = merged.find("calibration"); factors != nullptr) check_value(*factors, "calibration", check);
  CalibrationTable out = build_calibration(View(&merged, ""), catalog, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  return out;
}

}  // namespace tonnage::scenario
