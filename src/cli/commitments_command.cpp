// commitments: how much to commit to, on which terms and when.
#include "context.hpp"
#include "progress.hpp"
#include "tonnage/report/commitments_page.hpp"

namespace tonnage::cli {

int commitments_command(const Context& context) {
  (void)context.format();
  int warnings = 0;
  auto loaded = load(context, warnings, false);
  if (!loaded) return bad_input;
  ProgressLine line(context);
  const pipeline::Run run = pipeline::run(std::move(*loaded), pipeline::Stage::allocate, run_options(context, &line));
  line.clear();
  const Scenario& s = run.loaded.scenario;
  if (!run.feasible()) return exit_without_plan(context, run);
  const double level = s.policies.cvar ? s.policies.cvar->level : 0.95;
  const auto solver = optimize::highs_solver();
  std::vector<report::MarketChoice> choices;
  for (tco::CommitmentMarket& market : tco::commitment_markets(s, run.demand, run.capacities, run.plan)) {
    std::vector<tco::CommitmentResult> results = tco::compare_commitments(market, tco::planned_commitments(market, run.plan), level, *solver);
    choices.push_back({std::move(market), std::move(results)});
  }
  context.emit(report::commitments_page(s, choices, level), report::commitment_results_table(choices, level), report::commitments_json(s, choices, level));
  return exit_of(context, run);
}

}  // namespace tonnage::cli
