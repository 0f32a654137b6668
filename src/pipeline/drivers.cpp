#include "drivers.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "tonnage/core/text.hpp"

namespace tonnage::pipeline {

namespace {

constexpr int max_replanned = 6;

/// Kind, and names from fine to coarse. The coarsest leaves two groups of each sort.
Classified classified(const scenario::Change& change, std::string kind, bool replanned, std::string finest, std::string subject) {
  const std::string coarsest = !replanned ? "prices and accounting" : kind == "demand" || kind == "horizon" ? "demand and horizon" : "models, service levels, supply and policies";
  return {change, kind, replanned, {std::move(finest), std::move(subject), kind, coarsest}};
}

std::string of(const std::string& key, const std::string& name) { return spaced(key) + " of " + name; }

Classified of_workload(const scenario::Change& change) {
  const std::string& name = change.path[1];
  if (change.path.size() == 2) return classified(change, "demand", true, "workload " + name, "workload " + name);
  const std::string& key = change.path[2];
  static const std::map<std::string, std::string> kinds = {
      {"demand", "demand"}, {"events", "demand"}, {"overrides", "demand"}, {"gaps", "demand"}, {"outliers", "demand"}, {"job", "demand"},
      {"shape", "requests"}, {"prefix_hit", "requests"}, {"burst", "requests"}, {"versions", "efficiency"}, {"model", "efficiency"},
      {"precision", "efficiency"}, {"kv_precision", "efficiency"}, {"speculative", "efficiency"}, {"capacity", "efficiency"}};
  const auto found = kinds.find(key);
  const std::string kind = found == kinds.end() ? "service levels" : found->second;
  const std::string label = kind == "demand" ? "demand" : key == "shape" ? "lengths of requests" : key == "slo" ? "SLO" : key;
  const std::string wide = kind == "service levels" ? "service level" : kind;
  return classified(change, kind, true, of(label, name), of(wide, name));
}

Classified of_region(const scenario::Change& change) {
  static const std::set<std::string> prices = {"electricity", "colocation", "pue", "demand_charge", "egress"};
  const std::string& name = change.path[1];
  if (change.path.size() == 2) return classified(change, "supply", true, "region " + name, "region " + name);
  const std::string& key = change.path[2];
  if (prices.count(key) > 0) return classified(change, "prices", false, of(key == "pue" ? "PUE" : key, name), "prices of region " + name);
  return classified(change, "supply", true, of(key, name), "supply of " + name);
}

Classified of_pool(const scenario::Change& change) {
  static const std::set<std::string> prices = {"price", "residual", "upfront", "accounting"};
  const std::string& name = change.path[1];
  if (change.path.size() == 2) return classified(change, "supply", true, "pool " + name, "pool " + name);
  const std::string& key = change.path[2];
  if (prices.count(key) > 0) return classified(change, "prices", false, of(key, name), "prices of pools");
  return classified(change, "supply", true, of(key, name), "supply of " + name);
}

Classified of_hardware(const scenario::Change& change) {
  const bool node = change.path[0] == "nodes";
  const std::string name = (node ? "node " : "accelerator ") + change.path[1];
  const std::string key = change.path.size() > 2 ? change.path[2] : "";
  if (node && (key == "network" || key == "storage")) return classified(change, "prices", false, of(key, change.path[1]), "prices of nodes");
  return classified(change, key == "supply" ? "supply" : "efficiency", true, key.empty() ? name : of(key, change.path[1]), name);
}

}  // namespace

std::vector<Classified> classify(const std::vector<scenario::Change>& changes) {
  static const std::set<std::string> without_cost = {"tonnage", "name", "description", "checks", "correlations", "currency"};
  std::vector<Classified> out;
  for (const scenario::Change& change : changes) {
    const std::string& top = change.path[0];
    const std::string last = change.path.back();
    if (without_cost.count(top) > 0 || last == "team" || last == "quoted" || last == "source" || last == "carbon" || last == "carbon_market") continue;
    if (change.path.size() > 1 && top == "workloads") out.push_back(of_workload(change));
    else if (change.path.size() > 1 && top == "regions") out.push_back(of_region(change));
    else if (change.path.size() > 1 && top == "pools") out.push_back(of_pool(change));
    else if (change.path.size() > 1 && (top == "nodes" || top == "accelerators")) out.push_back(of_hardware(change));
    else if (change.path.size() > 1 && top == "costs") out.push_back(classified(change, "prices", false, "cost of " + change.path[1], "costs of their own"));
    else if (top == "fx") out.push_back(classified(change, "prices", false, "currencies", "currencies"));
    else if (top == "finance") out.push_back(classified(change, "accounting", false, spaced(last), "accounting"));
    else if (top == "calibration") out.push_back(classified(change, "efficiency", true, "calibration", "calibration"));
    else if (top == "origins") out.push_back(classified(change, "service levels", true, "round trips", "round trips"));
    else if (top == "policies") out.push_back(classified(change, "policies", true, change.path.size() > 1 ? spaced(change.path[1]) : top, "policies"));
    else out.push_back(classified(change, "horizon", true, spaced(top), "horizon and blocks"));
  }
  return out;
}

namespace {

int count_at(const std::vector<Classified>& changes, bool replanned, std::size_t level) {
  std::set<std::string> names;
  for (const Classified& one : changes)
    if (one.replanned == replanned) names.insert(one.names[level]);
  return static_cast<int>(names.size());
}

/// The finest level with no more groups than `most`.
std::size_t level_for(const std::vector<Classified>& changes, bool replanned, int most) {
  std::size_t level = 0;
  while (level + 1 < std::tuple_size_v<decltype(Classified::names)> && count_at(changes, replanned, level) > most) ++level;
  return level;
}

}  // namespace

std::vector<Driver> group(const std::vector<Classified>& changes, int most) {
  const bool prices = std::any_of(changes.begin(), changes.end(), [](const Classified& one) { return !one.replanned; });
  const std::size_t planned = level_for(changes, true, max_replanned - (prices ? 1 : 0));
  const std::size_t priced = level_for(changes, false, most - 1 - count_at(changes, true, planned));
  std::map<std::pair<bool, std::string>, Driver> by_name;  // prices first
  for (const Classified& one : changes) {
    const std::string& name = one.names[one.replanned ? planned : priced];
    Driver& driver = by_name[{one.replanned, name}];
    driver.name = name;
    driver.kind = driver.kind.empty() || driver.kind == one.kind ? one.kind : "several";
    driver.replanned = one.replanned;
    driver.changes.push_back(one.change);
  }
  std::vector<Driver> out;
  for (auto& [key, driver] : by_name) out.push_back(std::move(driver));
  return out;
}

}  // namespace tonnage::pipeline
