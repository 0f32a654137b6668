// Capacities from a user's own load test. Private to the module.
#pragma once

#include "tonnage/capacity/curve.hpp"

namespace tonnage::capacity {

/// One deployment per number of accelerators measured on the query's node type.
CurveResult measured_deployments(const CurveQuery& query);

}  // namespace tonnage::capacity
