// plan, allocate, tco: commands that run a scenario.
#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "context.hpp"
#include "introspect.hpp"
#include "lock.hpp"
#include "progress.hpp"
#include "tonnage/core/stop.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/html.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/levers_page.hpp"
#include "tonnage/report/pages.hpp"
#include "tonnage/report/uncertainty_page.hpp"
#include "tonnage/report/xlsx.hpp"
#include "tonnage/tco/ledger.hpp"

namespace tonnage::cli {

namespace {

using pipeline::Run;
using pipeline::Stage;

/// Without a plan there is no report: JSON still says why, people are told on standard error.
int tell_infeasible(const Context& context, const Run& run, const std::string& kind) {
  if (context.format() == "json") context.emit(report::to_json(run, kind));
  return exit_without_plan(context, run);
}

/// A page of a run in one of the formats for people; `kind` as for JSON.
void emit_run(const Context& context, const Run& run, const report::Page& page, const report::Table& csv, const std::string& kind) {
  const std::string wanted = context.format();
  if (wanted == "json") context.emit(report::to_json(run, kind));
  else if (wanted == "html") context.emit(report::run_html(run, page, kind));
  else if (wanted == "xlsx") context.emit(report::run_xlsx(run, page));
  else context.emit(page, csv, "");
}

/// The report with what every line of it was made of.
void add_explanations(const Run& run, report::Page& page) {
  report::Table table{"line_items", "How the largest costs came about", {{"what", ""}, {"formula", ""}}, {}, false, "all of them: tonnage tco --format csv"};
  std::vector<const LineItem*> lines;
  for (const LineItem& line : run.ledger.lines) lines.push_back(&line);
  std::stable_sort(lines.begin(), lines.end(), [](const LineItem* a, const LineItem* b) { return a->amount > b->amount; });
  const auto& periods = run.loaded.scenario.periods;
  for (std::size_t i = 0; i < lines.size() && i < 12; ++i)
    table.rows.push_back({fmt::format("{} {} {}", periods[static_cast<std::size_t>(lines[i]->period)].name, lines[i]->category, lines[i]->pool.empty() ? lines[i]->region : lines[i]->pool), formula(*lines[i])});
  page.tables.push_back(std::move(table));
  report::Table methods{"methods", "How demand and capacity came about", {{"what", ""}, {"how", ""}}, {}, false, ""};
  for (const WorkloadForecast& f : run.demand.forecasts) methods.rows.push_back({"demand of " + f.workload, f.method + (f.reason.empty() ? "" : ": " + f.reason)});
  for (const Deployment& d : run.capacities.deployments) methods.rows.push_back({fmt::format("{} on {} x {}", d.workload, d.accelerators, d.node), fmt::format("{} ({}), limited by {}", d.note.empty() ? "-" : d.note, d.evidence, d.limit)});
  page.tables.push_back(std::move(methods));
}

int failed_checks(const Context& context, const Run& run) {
  const auto checks = pipeline::run_checks(run);
  bool failed = false;
  for (const pipeline::CheckResult& result : checks) {
    if (result.passed) continue;
    if (!result.ran) {
      if (!context.options.quiet) context.say("check not run: " + result.check.text + " (tonnage check --against PLAN compares)\n");
      continue;
    }
    context.say(fmt::format("check {}: {} (it is {})\n", result.check.warn_only ? "not met, a warning" : "failed", result.check.text, report::check_value(result)));
    failed = failed || !result.check.warn_only;
  }
  return failed ? check_failed : done;
}

}  // namespace

int plan_command(const Context& context) {
  (void)context.format();
  int warnings = 0;
  std::optional<scenario::LoadOptions> again;
  if (context.options.levers) again = load_options(context);
  auto loaded = again ? load(context, *again, warnings) : load(context, warnings, false);
  if (!loaded) return bad_input;
  pipeline::StageCache cache;
  const StopScope stoppable;
  ProgressLine line(context);
  pipeline::RunOptions options = run_options(context, &line);
  if (again) options.cache = &cache;
  planning_options(context, loaded->scenario, options.allocate);
  const Run run = pipeline::run(std::move(*loaded), Stage::tco, options);
  if (!run.feasible()) return tell_infeasible(context, run, "plan");
  report::Page page = report::plan_page(run, warnings);
  if (again) page.tables.insert(page.tables.begin() + 2, report::help_most_table(find_levers(context, run, *again, options, cache), 5));
  if (context.options.explain) add_explanations(run, page);
  line.clear();
  emit_run(context, run, page, report::plan_facts(run), "plan");
  const int checked = failed_checks(context, run);
  const int code = exit_of(context, run);
  return code != done ? code : checked;
}

int allocate_command(const Context& context) {
  (void)context.format();
  int warnings = 0;
  auto loaded = load(context, warnings, false);
  if (!loaded) return bad_input;
  const StopScope stoppable;
  ProgressLine line(context);
  pipeline::RunOptions options = run_options(context, &line);
  planning_options(context, loaded->scenario, options.allocate);
  const Run run = pipeline::run(std::move(*loaded), Stage::allocate, options);
  line.clear();
  const std::string& file = context.options.export_model;
  if (!file.empty()) write_file(context.environment.files, file, optimize::to_mps(run.program, run.loaded.scenario.name));
  if (!run.feasible()) return tell_infeasible(context, run, "allocation");
  emit_run(context, run, report::allocate_page(run), report::nodes_table(run), "allocation");
  return exit_of(context, run);
}

namespace {

/// In the scenario's currency. Throws UsageError.
std::optional<Money> budget_of(const Context& context) {
  const std::string& text = context.options.budget;
  if (text.empty()) return std::nullopt;
  return Money::from_double(positive_quantity("--budget", text, "USD", "an amount, e.g. '60 M USD'"));
}

/// Mistakes of the scenario that only drawing finds.
template <class F>
auto drawn(const F& draw) {
  try {
    return draw();
  } catch (const std::invalid_argument& e) {
    throw InputError{"correlations", e.what()};
  } catch (const std::out_of_range& e) {
    throw InputError{"uncertain", e.what()};
  }
}

void warn_of_no_inputs(const Context& context, bool none, const std::string& what) {
  if (none && !context.options.quiet) context.say("warning: no " + what + " of this scenario is uncertain: give one as {low, mid, high}\n");
}

int tell_uncertainty(const Context& context, const Run& run, const std::optional<Money>& budget) {
  constexpr int draws = 65536, least_draws = 64;
  const int samples = context.options.samples.value_or(draws);
  if (samples < least_draws) throw UsageError{"--samples: at least 64 draws, or 8 with --adapt"};
  const auto cost = drawn([&] { return pipeline::cost_uncertainty(run, {samples, budget, threads_of(context)}); });
  warn_of_no_inputs(context, cost.inputs.empty(), "price, electricity, colocation, egress or PUE");
  const report::Page page = report::uncertainty_page(run, cost);
  const report::Table table = report::sensitivities_table(run, cost);
  if (context.format() == "html") context.emit(report::uncertainty_html(cost.planned, cost.inputs, cost.tornado, page));
  else context.emit(page, table, report::table_json("uncertainty", {report::quantiles_table(cost), table}));
  return exit_of(context, run);
}

/// Plans again what `base` loads, with the cache of the run.
int tell_adaptation(const Context& context, const Run& run, const scenario::LoadOptions& base, const pipeline::RunOptions& options, ProgressLine& line, const std::optional<Money>& budget) {
  constexpr int draws = 32, most_draws = 4096;
  const int samples = context.options.samples.value_or(draws);
  if (samples > most_draws) throw UsageError{"--samples: at most 4,096 draws with --adapt, each of which is planned up to four times"};
  const auto adaptation = drawn([&] { return pipeline::adapt(run, base, shipped_catalog(), context.environment.files, options, *options.cache, {samples, budget}); });
  line.clear();
  warn_of_no_inputs(context, adaptation.inputs.empty(), "number");
  const report::Page page = report::adaptation_page(run, adaptation);
  const report::Table table = report::adaptation_table(adaptation);
  if (context.format() == "html") context.emit(report::uncertainty_html(adaptation.planned, adaptation.inputs, adaptation.tornado, page));
  else context.emit(page, table, report::table_json("adaptation", {table, report::worth_table(adaptation), report::sensitivities_table(run, adaptation)}));
  return exit_of(context, run);
}

}  // namespace

int tco_command(const Context& context) {
  (void)context.format();
  const bool actuals = !context.options.actuals.empty();
  if (actuals && (context.options.uncertainty || !context.options.by.empty())) throw UsageError{"--actuals does not go together with --uncertainty and --by"};
  const std::optional<Money> budget = budget_of(context);
  if (!context.options.uncertainty && budget) throw UsageError{"--budget goes with --uncertainty"};
  for (const auto& [given, name] : {std::pair{context.options.unit_costs, "--unit-costs"}, {context.options.efficiency, "--efficiency"}})
    if (given && (context.options.uncertainty || actuals || !context.options.by.empty())) throw UsageError{std::string(name) + " does not go together with --uncertainty, --actuals and --by"};
  if (context.options.unit_costs && context.options.efficiency) throw UsageError{"--unit-costs and --efficiency do not go together"};
  if (context.options.adapt && !context.options.uncertainty) throw UsageError{"--adapt goes with --uncertainty"};
  if (context.options.uncertainty && !context.options.by.empty()) throw UsageError{"--uncertainty and --by do not go together"};
  std::vector<std::string> by;
  for (const std::string_view field : split(context.options.by, ',')) {
    const std::string name(trim(field));
    if (name.empty()) continue;
    const std::vector<std::string>& known = cost_fields();
    if (!tco::known_field(name)) {
      const std::string close = suggest(name, known);
      throw UsageError{"unknown field '" + name + "' in --by, expected " + name_list(known) + (close.empty() ? "" : "; did you mean '" + close + "'?")};
    }
    by.push_back(name);
  }
  int warnings = 0;
  const scenario::LoadOptions base = load_options(context);
  auto loaded = load(context, base, warnings, false);
  if (!loaded) return bad_input;
  hold_lock(context, *loaded);
  const Bill bill = actuals ? read_bill(context, loaded->scenario.currency) : Bill();
  pipeline::StageCache cache;
  const StopScope stoppable;
  ProgressLine line(context);
  pipeline::RunOptions options = run_options(context, &line);
  if (context.options.unit_costs) options.allocate.reasons = allocate::ReasonsWanted::marginal_costs;
  if (context.options.adapt) options.cache = &cache;
  const Run run = pipeline::run(std::move(*loaded), Stage::tco, options);
  if (!run.feasible()) return tell_infeasible(context, run, "ledger");
  if (context.options.adapt) return tell_adaptation(context, run, base, options, line, budget);
  line.clear();
  if (context.options.uncertainty) return tell_uncertainty(context, run, budget);
  if (context.options.efficiency) {
    const std::vector<tco::Efficiency> layers = tco::efficiency(run.loaded.scenario, run.demand, run.capacities, run.plan);
    const report::Table table = report::efficiency_table(run, layers);
    context.emit(report::efficiency_page(run, layers), table, report::table_json("efficiency", {table}));
    return exit_of(context, run);
  }
  if (context.options.unit_costs) {
    const std::vector<tco::UnitCost> costs = tco::unit_costs(run.loaded.scenario, run.demand, run.capacities, run.plan, run.ledger);
    const report::Table table = report::unit_costs_table(run, costs);
    context.emit(report::unit_costs_page(run, costs), table, report::table_json("unit_costs", {table}));
    return exit_of(context, run);
  }
  if (actuals) {
    tell_actuals(context, run, bill);
    return exit_of(context, run);
  }
  emit_run(context, run, report::tco_page(run, by), by.empty() ? report::focus_table(run) : report::cost_table(run, by), "ledger");
  return exit_of(context, run);
}

}  // namespace tonnage::cli
