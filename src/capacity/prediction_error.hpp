// How far measurements lay from predictions. Private to the module.
#pragma once

#include "tonnage/capacity/cases.hpp"
#include "tonnage/capacity/efficiency.hpp"

namespace tonnage::capacity {

/// How far measurements lay from predictions with so much evidence, of tests that state as much as this one; else of any.
PredictionError prediction_error(CaseMetric metric, Evidence evidence, bool stated);

}  // namespace tonnage::capacity
