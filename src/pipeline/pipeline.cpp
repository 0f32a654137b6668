#include "tonnage/pipeline/pipeline.hpp"

#include "tonnage/capacity/capacities.hpp"
#include "tonnage/core/parallel.hpp"
#include "tonnage/forecast/demand.hpp"
#include "tonnage/pipeline/stage_cache.hpp"
#include "tonnage/tco/cash.hpp"
#include "tonnage/tco/ledger.hpp"

namespace tonnage::pipeline {

Run run(scenario::LoadedScenario loaded, Stage last, const RunOptions& options) {
  const auto log = [&](const std::string& line) {
    if (options.log) options.log(line);
  };
  Run out;
  out.loaded = std::move(loaded);
  const Scenario& scenario = out.loaded.scenario;
  out.seed = options.seed.value_or(scenario.seed);
  // The two stages do not need each other; each writes its own document.
  parallel_for(2, options.threads, [&](int stage) {
    if (stage == 0 && last != Stage::capacity) out.demand = options.cache ? options.cache->demand(scenario, out.seed) : forecast::forecast_demand(scenario, out.seed);
    if (stage == 1 && last != Stage::forecast) out.capacities = capacity::capacities(scenario, options.cache ? &options.cache->curves() : nullptr);
  });
  log("forecast and capacity done");
  if (last == Stage::forecast || last == Stage::capacity) return out;
  const auto solver = options.cache ? options.cache->solver() : optimize::make_solver(options.method);
  allocate::AllocateOptions how = options.allocate;
  how.threads = options.threads;
  how.progress = options.progress;
  allocate::Result result = allocate::allocate(scenario, out.demand, out.capacities, how, *solver);
  out.plan = std::move(result.plan);
  out.program = std::move(result.program);
  out.approach = std::move(result.approach);
  log("allocation " + out.plan.proof.status);
  if (last == Stage::tco && out.feasible()) {
    out.ledger = tco::make_ledger(scenario, out.demand, out.capacities, out.plan);
    if (!options.allocate.cost_only) out.ledger.cash = tco::cash_by_quarter(scenario, tco::focus_rows(scenario, out.demand, out.capacities, out.plan, out.ledger));
  }
  return out;
}

}  // namespace tonnage::pipeline
