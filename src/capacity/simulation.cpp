#include "tonnage/capacity/simulation.hpp"

#include "tonnage/capacity/fleet.hpp"

namespace tonnage::capacity {

SimulationResult simulate(const SimulationQuery& query, const StepTimes& times, const EngineSettings& settings) {
  FleetQuery fleet;
  fleet.load = query;
  fleet.replicas.push_back({&times, settings});
  return std::move(simulate_fleet(fleet).all);
}

}  // namespace tonnage::capacity
