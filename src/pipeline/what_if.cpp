#include "tonnage/pipeline/what_if.hpp"

#include <atomic>
#include <optional>

#include "tonnage/core/parallel.hpp"

namespace tonnage::pipeline {

namespace {

std::string reason_of(const Run& run) {
  if (run.feasible()) return "";
  if (!run.plan.conflicts.empty()) return run.plan.conflicts.front();
  if (!run.plan.shortfalls.empty()) {
    const Shortfall& first = run.plan.shortfalls.front();
    const Scenario& s = run.loaded.scenario;
    return s.workloads[static_cast<std::size_t>(first.workload)].name + " from " + first.origin + " has no capacity in reach in " +
           s.periods[static_cast<std::size_t>(run.plan.states[static_cast<std::size_t>(first.state)].period)].name;
  }
  return "the solver stopped with '" + run.plan.proof.status + "'";
}

WhatIfResult not_planned() {
  WhatIfResult out;
  out.status = "stopped";
  out.reason = "stopped before it was planned";
  return out;
}

}  // namespace

WhatIfResult result_of(const Run& run) {
  WhatIfResult out;
  out.status = run.plan.proof.status;
  out.reason = reason_of(run);
  out.feasible = run.feasible();
  if (!out.feasible) return out;
  out.head = headline(run);
  for (std::size_t s = 0; s < run.ledger.outcome_present_value.size(); ++s) out.outcomes.push_back({run.demand.outcomes[s].probability, run.ledger.outcome_present_value[s]});
  for (const LineItem& line : run.ledger.lines)
    if (line.category == "unmet") out.unmet += line.quantity;
  out.gap = run.plan.proof.gap;
  out.open_usd = open_usd(run.plan.proof);
  return out;
}

std::vector<WhatIfResult> what_if(const scenario::LoadOptions& base, const std::vector<WhatIf>& changes, const Catalog& catalog, FileSystem& files,
                                  const RunOptions& options, StageCache& cache) {
  std::vector<WhatIfResult> out(changes.size());
  std::vector<std::optional<scenario::LoadedScenario>> loaded(changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    scenario::LoadOptions changed = base;
    changed.sets.insert(changed.sets.end(), changes[i].sets.begin(), changes[i].sets.end());
    Diagnostics diagnostics;
    loaded[i] = scenario::load_scenario(changed, catalog, files, diagnostics);
    if (loaded[i]) continue;
    out[i].status = "bad input";
    for (const Diagnostic& d : diagnostics.items())
      if (d.severity == Severity::error && out[i].reason.empty()) out[i].reason = d.message;
  }
  RunOptions own = options;
  own.threads = 1;
  own.log = {};
  own.progress = {};
  own.cache = &cache;
  own.allocate.cost_only = true;
  const int count = static_cast<int>(changes.size());
  std::atomic<int> finished{0};
  const auto plan = [&](int i) -> std::shared_ptr<const allocate::Approach> {
    if (options.progress && count > 1) options.progress({"planned", finished++, count});
    auto& one = loaded[static_cast<std::size_t>(i)];
    if (!one) return nullptr;
    if (stop_requested()) {
      out[static_cast<std::size_t>(i)] = not_planned();
      return nullptr;
    }
    RunOptions of_change = own;
    of_change.allocate.settled = changes[static_cast<std::size_t>(i)].settled;
    const Run run = pipeline::run(*std::move(one), Stage::tco, of_change);
    out[static_cast<std::size_t>(i)] = stop_requested() ? not_planned() : result_of(run);  // a plan that was cut short says nothing of its change
    one.reset();
    return run.approach;
  };
  // One is planned before the others, so that they begin where it ended, whatever the number of threads.
  int next = 0;
  if (!cache.approach && count > 0) cache.approach = plan(next++);
  own.allocate.approach = cache.approach;
  parallel_for(count - next, options.threads, [&](int i) { plan(next + i); });
  return out;
}

}  // namespace tonnage::pipeline
