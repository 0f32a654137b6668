// Which workloads new products replace.
#include <algorithm>

#include <fmt/format.h>

#include "build.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::scenario {

namespace {

const Workload* find(const Scenario& scenario, const std::string& name) {
  const auto at = std::find_if(scenario.workloads.begin(), scenario.workloads.end(), [&](const Workload& w) { return w.name == name; });
  return at == scenario.workloads.end() ? nullptr : &*at;
}

/// Whether `from` replaces `name`, or what replaces it, within as many steps as there are workloads.
bool replaces(const Scenario& scenario, const Workload& from, const std::string& name, std::size_t steps) {
  if (!from.demand.launch || steps == 0) return false;
  return std::any_of(from.demand.launch->replaces.begin(), from.demand.launch->replaces.end(), [&](const Replaced& one) {
    const Workload* older = find(scenario, one.workload);
    return one.workload == name || (older != nullptr && replaces(scenario, *older, name, steps - 1));
  });
}

void check_one(const Workload& younger, const std::string& name, const View& at, const Scenario& scenario, Diagnostics& diagnostics) {
  const Workload* older = find(scenario, name);
  if (older == nullptr) {
    std::vector<std::string> known;
    for (const Workload& w : scenario.workloads)
      if (w.name != younger.name) known.push_back(w.name);
    const std::string close = suggest(name, known);
    diagnostics.error("unknown-name", fmt::format("there is no workload '{}' to replace", name), at.mark(), close.empty() ? "" : "did you mean '" + close + "'?", "known: " + name_list(known, 12));
  } else if (name == younger.name || replaces(scenario, *older, younger.name, scenario.workloads.size())) {
    diagnostics.error("disorder", name == younger.name ? "a workload does not replace itself" : fmt::format("'{}' replaces '{}' in its turn: generations form a line", name, younger.name), at.mark());
  } else if (older->job || !older->demand.table.empty()) {
    diagnostics.error("launch", fmt::format("the load of '{}' is given as a {}, which no users leave", name, older->job ? "job" : "table"), at.mark());
  }
}

}  // namespace

void check_generations(const View& root, const Scenario& scenario, Diagnostics& diagnostics) {
  for (const Workload& younger : scenario.workloads) {
    if (!younger.demand.launch || younger.demand.launch->replaces.empty()) continue;
    const View launch = root.at("workloads").at(younger.name).at("demand").at("launch");
    launch.at("replaces").each([&](const std::string& name, const View& at) { check_one(younger, name, at, scenario, diagnostics); });
    if (!younger.demand.launch->seen.empty())
      diagnostics.error("launch", fmt::format("the load seen of '{}' holds the users that it took already, and does not tell them from its own", younger.name), launch.at("replaces").mark(), "",
                        "leave out 'seen' or 'replaces'");
  }
}

}  // namespace tonnage::scenario
