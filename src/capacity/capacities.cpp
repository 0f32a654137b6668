#include "tonnage/capacity/capacities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "power.hpp"
#include "tonnage/capacity/curve.hpp"

namespace tonnage::capacity {
namespace {

const Accelerator* accelerator_of(const Scenario& scenario, const NodeType& node) {
  for (const Accelerator& accelerator : scenario.accelerators)
    if (accelerator.name == node.accelerator) return &accelerator;
  return nullptr;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Origins that a workload's demand names; none when it is not split.
std::set<std::string> origins_of(const Workload& workload) {
  std::set<std::string> names;
  for (const HistorySeries& series : workload.demand.history) names.insert(series.origin);
  for (const DemandRow& row : workload.demand.table) names.insert(row.origin);
  for (const auto& [name, share] : workload.demand.origin_shares)
    if (share > 0) names.insert(name);
  return names;
}

bool may_serve(const Workload& workload, const std::string& origin, const std::string& region, double round_trip_s) {
  const auto listed = workload.serve.find(origin);
  if (listed != workload.serve.end()) return contains(listed->second, region);
  if (!workload.residency.empty() && !contains(workload.residency, region)) return false;
  return !workload.reach_s || round_trip_s <= *workload.reach_s;
}

/// Longest round trip from the workload's origins to the regions that may serve them on this node type.
double longest_round_trip_s(const Scenario& scenario, const Workload& workload, const std::string& node) {
  std::set<std::string> regions;
  for (const Pool& pool : scenario.pools)
    if (pool.node == node) regions.insert(pool.region);
  const std::set<std::string> names = origins_of(workload);
  double longest = 0;
  for (const Origin& origin : scenario.origins) {
    if (!names.contains(origin.name)) continue;
    for (const auto& [region, seconds] : origin.round_trip_s)
      if (regions.contains(region) && may_serve(workload, origin.name, region, seconds)) longest = std::max(longest, seconds);
  }
  return longest;
}

/// Node types that pools hold, in the scenario's order.
std::vector<const NodeSpec*> pooled_nodes(const Scenario& scenario) {
  std::vector<const NodeSpec*> nodes;
  for (const NodeSpec& node : scenario.nodes) {
    const auto held = [&](const Pool& pool) { return pool.node == node.type.name && pool.offer != OfferKind::api; };
    if (std::any_of(scenario.pools.begin(), scenario.pools.end(), held)) nodes.push_back(&node);
  }
  return nodes;
}

Deployment given_deployment(const NodeType& node, const Accelerator& accelerator, int accelerators, double load, double power_w) {
  Deployment d;
  d.node = node.name;
  d.tensor_parallel = d.accelerators = accelerators;
  d.load_per_s = load;
  d.power_w = power_w > 0 ? power_w : replica_power_w(node, accelerator, accelerators, 1);
  d.limit = d.evidence = "given";
  return d;
}

CurveResult given_result(const Workload& workload, const NodeType& node, const Accelerator& accelerator) {
  CurveResult result;
  for (const GivenCapacity& given : workload.capacity)
    if (given.node == node.name && given.load_per_s > 0 && given.accelerators > 0)
      result.deployments.push_back(given_deployment(node, accelerator, given.accelerators, given.load_per_s, given.power_w));
  std::stable_sort(result.deployments.begin(), result.deployments.end(),
                   [](const Deployment& a, const Deployment& b) { return a.accelerators < b.accelerators; });
  if (result.deployments.empty()) result.reason = "no capacity is given for this node type";
  return result;
}

CurveResult job_result(const Job& job, const NodeType& node, const Accelerator& accelerator) {
  CurveResult result;
  if (job.node != node.name) {
    result.reason = fmt::format("the job runs on '{}'", job.node);
  } else if (job.accelerators > 0) {
    result.deployments.push_back(given_deployment(node, accelerator, job.accelerators, job.accelerators, 0));
    result.deployments.back().note = "a job: load counts accelerators";
  } else {
    result.reason = "the job asks for no accelerator";
  }
  return result;
}

CurveResult evaluate(const Scenario& scenario, const Workload& workload, const NodeType& node) {
  const Accelerator* accelerator = accelerator_of(scenario, node);
  if (workload.job) return job_result(*workload.job, node, accelerator != nullptr ? *accelerator : Accelerator{});
  if (!workload.capacity.empty()) return given_result(workload, node, accelerator != nullptr ? *accelerator : Accelerator{});
  CurveQuery query;
  query.model = workload.model;
  query.measured = workload.measured;
  if (!workload.measured.empty()) query.model.kind = ModelKind::measured;
  if (accelerator != nullptr) query.accelerator = *accelerator;
  query.node = node;
  query.precision = workload.precision;
  query.shape = workload.shape;
  query.slo = workload.slo;
  query.round_trip_s = longest_round_trip_s(scenario, workload, node.name);
  if (accelerator == nullptr && workload.measured.empty()) return {{}, fmt::format("accelerator '{}' is not known", node.accelerator)};
  if (!workload.has_model && workload.measured.empty()) return {{}, "neither a model nor a capacity is given"};
  return deployments(query);
}

}  // namespace

Capacities capacities(const Scenario& scenario) {
  Capacities result;
  const std::vector<const NodeSpec*> nodes = pooled_nodes(scenario);
  for (const Workload& workload : scenario.workloads)
    for (const NodeSpec* node : nodes) {
      CurveResult pair = evaluate(scenario, workload, node->type);
      if (pair.deployments.empty()) result.none.push_back({workload.name, node->type.name, pair.reason});
      for (Deployment& deployment : pair.deployments) {
        deployment.workload = workload.name;
        result.deployments.push_back(std::move(deployment));
      }
    }
  return result;
}

}  // namespace tonnage::capacity
