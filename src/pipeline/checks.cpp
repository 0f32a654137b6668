// Checks of a scenario: figures of its plan against limits.
#include <cmath>
#include <set>

#include "tonnage/documents/check_figures.hpp"
#include "tonnage/pipeline/pipeline.hpp"

namespace tonnage::pipeline {

namespace {

/// Of a workload those of its versions too.
double unmet_requests(const Run& run, const std::string& workload) {
  std::set<std::string> names;
  for (const Workload& one : run.loaded.scenario.workloads)
    if (workload.empty() || one.name == workload || one.version_of == workload) names.insert(one.name);
  double sum = 0;
  for (const LineItem& line : run.ledger.lines)
    if (line.category == "unmet" && names.count(line.workload) > 0) sum += line.quantity;
  return sum;
}

/// Present value of the lines that `wanted` takes; penalties that nobody is paid left out.
template <class Wanted>
double paid(const Run& run, Wanted wanted) {
  Money sum;
  for (const LineItem& line : run.ledger.lines)
    if (line.cash && wanted(line)) sum += line.present_value;
  return sum.approximate();
}

double provider_share(const Run& run, const std::string& provider) {
  const double all = paid(run, [](const LineItem&) { return true; });
  return all > 0 ? paid(run, [&](const LineItem& line) { return line.provider == provider; }) / all : 0;
}

double forecast_figure(const Run& run, const std::string& pattern, const std::string& workload) {
  for (const WorkloadForecast& f : run.demand.forecasts) {
    if (f.workload != workload || f.backtest.origins == 0) continue;  // nothing was tested: unknown, which no check passes
    if (pattern == "forecast.WORKLOAD.error") return f.backtest.error;
    return f.backtest.naive_error > 0 ? 1 - f.backtest.error / f.backtest.naive_error : 0;
  }
  return std::nan("");
}

double fleet_figure(const Run& run, const Headline& head, const std::string& pattern) {
  if (pattern == "nodes") return head.nodes_last;
  if (pattern == "power") return head.mw_last * 1e6;
  if (pattern == "used.mean") return head.used_mean;
  if (pattern == "used.peak") return head.used_peak;
  if (pattern == "headroom") return 1 - head.used_peak;
  if (pattern == "unit_cost") return head.usd_per_m_tokens_last > 0 ? head.usd_per_m_tokens_last : std::nan("");
  const LedgerTotals& totals = run.ledger.totals;
  return totals.accelerator_hours > 0 ? totals.paid.approximate() / totals.accelerator_hours : std::nan("");
}

double figure(const Run& run, const Headline& head, const Check& check) {
  const auto named = find_check_figure(check.figure);
  if (!named) return std::nan("");
  const std::string pattern = named->figure->pattern;
  const std::string& name = named->name;
  if (pattern == "cost") return (check.quantile == "p10" ? head.cost_low : check.quantile == "p50" ? head.cost_mid : check.quantile == "p90" ? head.cost_high : head.cost).approximate();
  if (pattern == "capex") return run.ledger.capex.approximate();
  if (pattern == "carbon") return run.ledger.totals.carbon_kg * 1000;  // base unit: gram
  if (pattern == "gap") return run.plan.proof.gap;
  if (pattern == "energy") return paid(run, [](const LineItem& line) { return line.category == "energy"; });
  if (pattern == "provider_share.PROVIDER") return provider_share(run, name);
  if (pattern == "region.REGION.cost") return paid(run, [&](const LineItem& line) { return line.region == name; });
  if (pattern == "pool.POOL.cost") return paid(run, [&](const LineItem& line) { return line.pool == name; });
  if (named->figure->unit == FigureUnit::requests) return unmet_requests(run, name);
  if (pattern.rfind("forecast.", 0) == 0) return forecast_figure(run, pattern, name);
  return fleet_figure(run, head, pattern);
}

bool holds(double value, const std::string& op, double limit) {
  if (op == "<=") return value <= limit;
  if (op == ">=") return value >= limit;
  if (op == "<") return value < limit;
  if (op == ">") return value > limit;
  return value == limit;
}

double increase(const Headline& head, const Check& check, double before) {
  const double more = head.cost.approximate() - before;
  if (!check.relative) return more;
  if (before != 0) return more / before;
  return more == 0 ? 0 : std::nan("");
}

}  // namespace

std::vector<CheckResult> run_checks(const Run& run, std::optional<Money> cost_before) {
  std::vector<CheckResult> out;
  const Headline head = headline(run);
  for (const Check& check : run.loaded.scenario.checks) {
    CheckResult result{check};
    result.ran = check.figure != "increase" || cost_before.has_value();
    if (!result.ran) result.value = std::nan("");
    else result.value = check.figure == "increase" ? increase(head, check, cost_before->approximate()) : figure(run, head, check);
    result.passed = result.ran && std::isfinite(result.value) && holds(result.value, check.op, check.value);
    out.push_back(std::move(result));
  }
  return out;
}

}  // namespace tonnage::pipeline
