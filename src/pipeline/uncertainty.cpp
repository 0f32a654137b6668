#include "tonnage/pipeline/uncertainty.hpp"

#include "uncertain_inputs.hpp"

namespace tonnage::pipeline {
namespace {

/// Capacities as inputs whose value is cost over planned cost.
void add_capacities(const Run& run, CostUncertainty& out) {
  out.capacities = tco::capacity_risks(run.loaded.scenario, run.demand, run.capacities, run.plan, run.ledger);
  for (const tco::CapacityRisk& risk : out.capacities) out.inputs.push_back({"capacity of " + risk.accelerator, {1, {}, risk.cost_ratios}});
}

}  // namespace

CostUncertainty cost_uncertainty(const Run& run, const UncertaintyOptions& options) {
  CostUncertainty out;
  out.planned = run.ledger.totals.present_value;
  out.samples = options.samples, out.budget = options.budget;
  UncertainInputs inputs = uncertain_inputs(run, [](const scenario::UncertainNumber& number) { return is_ledger_factor(number.path) && number.middle != 0; });
  out.inputs = std::move(inputs.inputs), out.left_out = std::move(inputs.left_out);
  const std::size_t factors = out.inputs.size();
  add_capacities(run, out);
  tco::CostExpression cost = tco::collapse(run.ledger, out.inputs);
  const double planned = out.planned.approximate();
  for (std::size_t i = factors; i < out.inputs.size(); ++i) cost.constant -= planned, cost.terms.push_back({planned, {static_cast<int>(i)}});
  tco::SamplingOptions sampling;
  sampling.samples = options.samples, sampling.seed = run.seed, sampling.threads = options.threads;
  std::optional<double> budget;
  if (options.budget) budget = options.budget->approximate();
  sampling.budget = budget;
  told_by_name(out.inputs, [&] { out.sampled = tco::sample(cost, out.inputs, inputs.correlations, sampling); });
  out.tornado = tco::tornado(cost, out.inputs, budget);
  return out;
}

}  // namespace tonnage::pipeline
