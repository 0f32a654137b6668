// What the simulation has to say, as pages and tables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/capacity/fleet_plan.hpp"
#include "tonnage/pipeline/simulate.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

/// One fleet under one router at one load.
struct SimulationRow {
  std::string fleet, router;
  double load = 0;                           ///< requests/s, or requests in flight in a closed loop
  capacity::FleetOutcome outcome;
  std::optional<capacity::CurvePoint> analytic;  ///< of a fleet of one pool: the load shared evenly
};

/// How the requests arrive, in words: "poisson", "closed", ...
struct SimulationTitle {
  std::string subject, arrival;
  bool closed = false, has_slo = false;
  std::uint64_t seed = 1;
  std::vector<std::string> notes;
};

/// One row in full, or a line for each of several.
Page simulation_page(const SimulationTitle& title, const std::vector<SimulationRow>& rows);
Table simulation_table(const SimulationTitle& title, const std::vector<SimulationRow>& rows);
/// A line for each pool of each row.
Table simulation_pools_table(const std::vector<SimulationRow>& rows);

/// The deployments of a scenario: simulated beside analytic.
Page deployment_checks_page(const std::string& scenario, const pipeline::SimulationReport& report);
Table deployment_checks_table(const pipeline::SimulationReport& report);

/// Simulated latency of one replica by load beside the analytic curve.
struct SimulatedCurveRow {
  int accelerators = 1;
  capacity::CurvePoint analytic;
  capacity::SimulationSummary simulated;
};
Table simulated_curve_table(const std::vector<SimulatedCurveRow>& rows);

}  // namespace tonnage::report
