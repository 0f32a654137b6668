// The analytic curve's questions, answered by simulation: latency at a load, highest load under an SLO.
#pragma once

#include <cstdint>

#include "tonnage/capacity/fleet_plan.hpp"

namespace tonnage::capacity {

struct SimulatedPointQuery {
  Shape shape;
  double load_per_s = 0;     ///< at one replica
  int requests = 4000;       ///< the first tenth is warm-up
  std::uint64_t seed = 1;
  double arrival_cv = 1;     ///< of the time between arrivals: Gamma; 1: Poisson
};

/// One replica at a load. Also for models that answer in one pass. `replica.problem` is empty.
SimulationSummary simulate_point(const SimulatedReplica& replica, const SimulatedPointQuery& query);

/// Highest load that holds the SLO in the simulation without a growing queue, within 1 %; searched from a tenth of
/// `guess_per_s` (which is above 0) to sixteen times it; 0 when the lowest does not hold. The same draws at every load.
double highest_simulated_load(const SimulatedReplica& replica, const Slo& slo, double guess_per_s, SimulatedPointQuery query);

/// Highest load up to `most_per_s` that holds the SLO in the simulation, within 2 %; 0 when four tenths of it do not.
double simulated_load_up_to(const SimulatedReplica& replica, const Slo& slo, double most_per_s, SimulatedPointQuery query);

}  // namespace tonnage::capacity
