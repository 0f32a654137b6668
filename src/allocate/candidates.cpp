// Deployments that can be better than others on the same nodes.
#include "candidates.hpp"

#include <algorithm>

#include "tonnage/documents/economics.hpp"

namespace tonnage::allocate {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Another does all that this one does with no more of anything; of two alike the first stays.
bool dominated(const Candidate& one, const std::vector<Candidate>& all, const Counts& counts) {
  return std::any_of(all.begin(), all.end(), [&](const Candidate& other) {
    if (other.deployment == one.deployment || *other.node != *one.node) return false;
    bool same = true;
    const auto as_good = [&](double its, double ones) {
      same = same && its == ones;
      return its <= ones;
    };
    if (!as_good(other.nodes, one.nodes)) return false;
    if (counts.power && !as_good(other.busy_w, one.busy_w)) return false;
    if (counts.ready_replicas && !as_good(-other.replicas, -one.replicas)) return false;
    if (counts.moved_replicas && !as_good(other.replicas, one.replicas)) return false;
    if (counts.moved_accelerators && !as_good(other.accelerators, one.accelerators)) return false;
    return !same || other.deployment < one.deployment;
  });
}

}  // namespace

std::vector<Candidate> candidates(const Scenario& scenario, const Capacities& capacities, const std::vector<int>& deployments, double round_trip_s, const Counts& counts) {
  std::vector<Candidate> all, out;
  for (const int d : deployments) {
    const Deployment& one = capacities.deployments[at(d)];
    if (one.round_trip_s != round_trip_s || one.load_per_s <= 0) continue;
    const NodeType& node = scenario.nodes[at(node_index(scenario, one.node))].type;
    const double nodes = nodes_per_load(node, one.accelerators, one.load_per_s);
    all.push_back({d, &one.node, nodes, 1 / one.load_per_s, one.accelerators / one.load_per_s, busy_w_per_load(node, one)});
  }
  for (const Candidate& one : all)
    if (counts.all || !dominated(one, all, counts)) out.push_back(one);
  return out;
}

}  // namespace tonnage::allocate
