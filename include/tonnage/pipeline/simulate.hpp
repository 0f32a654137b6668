// The deployments of a run, simulated: does the analytic capacity hold, event by event?
#pragma once

#include <string>
#include <vector>

#include "tonnage/capacity/fleet_plan.hpp"
#include "tonnage/pipeline/pipeline.hpp"

namespace tonnage::pipeline {

/// A deployment, and what the simulation makes of a replica at its planned peak load.
struct DeploymentCheck {
  Deployment deployment;
  double load_per_s = 0;              ///< planned at peak: capacity less headroom
  capacity::SimulationSummary simulated;
  double analytic_ttft_p99_s = 0, analytic_tpot_mean_s = 0, analytic_e2e_p99_s = 0;  ///< at that load
  double simulated_capacity_per_s = 0;  ///< highest load that holds the SLO in the simulation
  std::string missed;                 ///< limit that is missed at the planned load; empty when all hold
  std::string skipped;                ///< why it was not simulated; empty when it was
};

struct SimulationReport {
  std::vector<DeploymentCheck> checks;
  std::string subject;                ///< which deployments these are, in words
};

enum class Deployments {
  chosen,   ///< those that the plan uses; without a plan the one of each workload that carries most per accelerator
  all
};

/// Simulates one replica of each deployment with `requests` requests and Poisson arrivals. The number of threads does not
/// change the result.
SimulationReport simulate(const Run& run, Deployments which, int requests, int threads);

}  // namespace tonnage::pipeline
