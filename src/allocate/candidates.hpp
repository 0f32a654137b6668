// Deployments that can be better than others on the same nodes.
#pragma once

#include <string>
#include <vector>

#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/scenario.hpp"

namespace tonnage::allocate {

/// A deployment per unit of load, without headroom.
struct Candidate {
  int deployment;            ///< index into Capacities::deployments
  const std::string* node;
  double nodes, replicas, accelerators;
  double busy_w;             ///< above what its nodes draw idle
};

/// What of a deployment counts beside its nodes.
struct Counts {
  bool power = false;
  bool ready_replicas = false;      ///< more are better
  bool moved_replicas = false;      ///< fewer are better
  bool moved_accelerators = false;  ///< fewer are better
  bool all = false;                 ///< none is as good as another
};

/// Of the given deployments those for loads so far away that no other on the same nodes is as good in all that counts.
std::vector<Candidate> candidates(const Scenario& scenario, const Capacities& capacities, const std::vector<int>& deployments, double round_trip_s, const Counts& counts);

}  // namespace tonnage::allocate
