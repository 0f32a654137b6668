// Capacities of a whole scenario.
#pragma once

#include <optional>

#include "tonnage/capacity/curve.hpp"
#include "tonnage/capacity/curve_memo.hpp"
#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/scenario.hpp"

namespace tonnage::capacity {

/// All workloads x the node types that pools hold, in the scenario's order. Given capacities stand as they are; a job is
/// one deployment of its accelerators on its node type. The headroom of the policies is not applied: load planning does.
/// One deployment for each round trip that the workload's origins, reach, residency and `serve` allow.
/// `memo` may be null; it never changes the result.
Capacities capacities(const Scenario& scenario, CurveMemo* memo = nullptr);

/// The question that an analytic deployment answers; nothing for given and measured capacities and for jobs.
std::optional<CurveQuery> query_of(const Scenario& scenario, const Deployment& deployment);

}  // namespace tonnage::capacity
