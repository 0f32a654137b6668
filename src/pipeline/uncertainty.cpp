#include "tonnage/pipeline/uncertainty.hpp"

#include <stdexcept>

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
  std::vector<int> place;  // of each uncertain number among the inputs
  for (const scenario::UncertainNumber& number : run.loaded.uncertainty.numbers) {
    const bool factor = is_ledger_factor(number.path) && number.middle != 0;
    place.push_back(factor ? static_cast<int>(out.inputs.size()) : -1);
    if (factor) out.inputs.push_back({number.path, {number.middle, scenario::spread_of(number)}});
    else out.left_out.push_back(number.path);
  }
  std::vector<tco::RankCorrelation> correlations;
  for (const scenario::Correlation& c : run.loaded.uncertainty.correlations) {
    const int a = place[static_cast<std::size_t>(c.a)], b = place[static_cast<std::size_t>(c.b)];
    if (a >= 0 && b >= 0) correlations.push_back({a, b, c.rank});
  }
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
  try {
    out.sampled = tco::sample(cost, out.inputs, correlations, sampling);
  } catch (const tco::ContradictingCorrelations& e) {
    throw std::invalid_argument("no joint distribution has such correlations: that of '" + out.inputs[static_cast<std::size_t>(e.input)].path +
                                "' contradicts those of the inputs before it");
  }
  out.tornado = tco::tornado(cost, out.inputs, budget);
  return out;
}

}  // namespace tonnage::pipeline
