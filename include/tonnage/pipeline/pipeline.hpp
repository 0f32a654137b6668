// Pipeline: a scenario through all stages. A pure function of scenario, catalogue and seed; nothing here prints.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tonnage/allocate/allocate.hpp"
#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/ledger.hpp"
#include "tonnage/documents/plan.hpp"
#include "tonnage/scenario/load.hpp"

namespace tonnage::pipeline {

class StageCache;

struct RunOptions {
  std::optional<std::uint64_t> seed;      ///< in place of the scenario's
  int threads = 1;                        ///< never changes a result
  allocate::AllocateOptions allocate;
  optimize::Method method = optimize::Method::automatic;
  StageCache* cache = nullptr;            ///< of what stages made; never changes a result
  std::function<void(const std::string&)> log;  ///< one line per stage; may be empty
  ProgressSink progress;                  ///< may be empty
};

/// How far to go.
enum class Stage { forecast, capacity, allocate, tco };

struct Run {
  scenario::LoadedScenario loaded;
  std::uint64_t seed = 1;
  Demand demand;
  Capacities capacities;
  Plan plan;
  optimize::LinearProgram program;        ///< what was solved
  std::shared_ptr<const allocate::Approach> approach;  ///< with cost_only, of a large program
  Ledger ledger;                          ///< empty when the plan is infeasible
  bool feasible() const { return plan.proof.status == "optimal" || plan.proof.status == "limit"; }
};

Run run(scenario::LoadedScenario loaded, Stage last, const RunOptions& options);

/// Headline figures of a plan, for reports, checks and JSON.
struct Headline {
  Money cost;                             ///< present value, penalties included
  Money cost_low, cost_mid, cost_high;    ///< P10, P50, P90 over the outcomes
  double growth = 1;                      ///< load of the last period over the first, in nodes' worth
  double forecast_error = 0, naive_error = 0;  ///< of workloads with a history, weighted by load
  bool has_backtest = false;
  double nodes_first = 0, nodes_last = 0; ///< in service, rented at peak included
  double mw_first = 0, mw_last = 0;       ///< at the facility, nodes at full power
  double used_mean = 0, used_peak = 0;    ///< share of usable node-hours, of usable nodes
  double usd_per_m_tokens_first = 0, usd_per_m_tokens_last = 0;  ///< 0: no tokens
};
Headline headline(const Run& run);

/// What the proof of a plan leaves open: no plan is cheaper by more. USD.
double open_usd(const Proof& proof);

/// Result of a check of the scenario.
struct CheckResult {
  Check check;
  double value = 0;                       ///< in base units; NaN: unknown, which no check passes
  bool passed = false;
  bool ran = true;                        ///< false: an increase with nothing to compare with
};
/// `cost_before`: present value of the plan that an increase is counted from.
std::vector<CheckResult> run_checks(const Run& run, std::optional<Money> cost_before = std::nullopt);

}  // namespace tonnage::pipeline
