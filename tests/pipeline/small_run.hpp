// A run of a small fleet, without a scenario's file.
#pragma once

#include "allocate/small_fleet.hpp"
#include "tonnage/pipeline/pipeline.hpp"

namespace tonnage::testing {

inline pipeline::Run run_of(const SmallFleet& fleet) {
  pipeline::Run run;
  run.loaded.scenario = fleet.scenario;
  run.demand = fleet.demand;
  run.capacities = fleet.capacities;
  run.plan = fleet.plan();
  if (run.feasible()) run.ledger = fleet.ledger(run.plan);
  return run;
}

}  // namespace tonnage::testing
