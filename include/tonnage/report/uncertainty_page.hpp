// How sure the cost is: `tco --uncertainty`, with and without `--adapt`.
#pragma once

#include "tonnage/pipeline/adapt.hpp"
#include "tonnage/pipeline/uncertainty.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

/// One row: mean, standard deviation, P10, P50, P90, and the chance of exceeding the budget, each with its 95 % interval.
Table quantiles_table(const pipeline::CostUncertainty& cost);
/// One row an input, the widest swing first.
Table sensitivities_table(const pipeline::Run& run, const pipeline::CostUncertainty& cost);
/// How far what replicas carry is known, and what it does to cost.
std::string capacity_risk_note(const tco::CapacityRisk& risk);
Page uncertainty_page(const pipeline::Run& run, const pipeline::CostUncertainty& cost);

/// A row for each way of settling orders before the numbers are known.
Table adaptation_table(const pipeline::Adaptation& adaptation);
/// What it is worth to know the numbers first, and to wait a quarter.
Table worth_table(const pipeline::Adaptation& adaptation);
/// One row an input, the widest swing first, planned anew at either end.
Table sensitivities_table(const pipeline::Run& run, const pipeline::Adaptation& adaptation);
Page adaptation_page(const pipeline::Run& run, const pipeline::Adaptation& adaptation);

}  // namespace tonnage::report
