// curve: of a scenario, of a model on a node, or of many cases at once.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "context.hpp"
#include "curve_query.hpp"
#include "mistakes.hpp"
#include "model_config.hpp"
#include "tonnage/capacity/curve.hpp"
#include "tonnage/capacity/simulated_curve.hpp"
#include "tonnage/capacity/efficiency.hpp"
#include "tonnage/core/csv.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/quantity.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/pipeline/simulate.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/pages.hpp"
#include "tonnage/report/simulation_pages.hpp"
#include "tonnage/scenario/load.hpp"

namespace tonnage::cli {

namespace {

using report::Column;
using report::Table;

/// `kind` of the catalogue: "models", "nodes".
std::string hint(const std::string& word, const std::vector<std::string>& known, const std::string& kind) {
  const std::string close = suggest(word, known);
  return close.empty() ? "; 'tonnage catalog " + kind + "' lists them" : "; did you mean '" + close + "'?";
}

}  // namespace

static void add_limit(const std::string& one, Slo& slo) {
  const auto dot = one.find('.');
  const auto equals = one.find('=');
  const std::string metric = one.substr(0, dot);
  const std::string percentile = dot == std::string::npos || equals == std::string::npos || equals < dot ? "" : one.substr(dot + 1, equals - dot - 1);
  const std::pair<const char*, double> known[] = {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"mean", 0}};
  const auto found = std::find_if(std::begin(known), std::end(known), [&](const auto& k) { return percentile == k.first; });
  std::vector<SloLimit>* limits = metric == "ttft" ? &slo.ttft : metric == "tpot" ? &slo.tpot : metric == "e2e" || metric == "latency" ? &slo.e2e : nullptr;
  if (limits == nullptr || found == std::end(known)) throw UsageError{"'" + one + "' is not a limit, expected METRIC.PERCENTILE=TIME with ttft, tpot or e2e and p50, p90, p95, p99 or mean, e.g. ttft.p95=600ms"};
  std::string problem;
  const auto limit = parse_quantity(one.substr(equals + 1), Currencies{}, problem);
  if (!limit || limit->dimension.power[Dimension::time] != 1 || limit->value <= 0) throw UsageError{"'" + one.substr(equals + 1) + "' is not a time, e.g. 600ms"};
  limits->push_back({found->second, limit->value});
}

Slo parse_slo(const std::string& text) {
  Slo slo;
  Mistakes mistakes;
  for (const std::string_view part : split(text, ','))
    if (!trim(part).empty()) mistakes.attempt([&] { add_limit(std::string(trim(part)), slo); });
  mistakes.raise();
  return slo;
}

double parse_share(const std::string& text) {
  std::string problem;
  const auto share = text.empty() ? std::optional(Quantity{}) : parse_quantity(text, Currencies{}, problem);
  if (!share || !(share->dimension == Dimension{}) || share->value < 0 || share->value >= 1) throw UsageError{"'" + text + "' is not a share from 0 % to below 100 %"};
  return share->value;
}

Speculation parse_drafts(const std::string& text) {
  if (text.empty()) return {};
  const auto parts = split(text, ':');
  const auto part = [&](std::size_t i, double otherwise) { return i < parts.size() ? parse_double(parts[i]) : std::optional(otherwise); };
  const auto count = part(0, 0), accepted = part(1, 0.7), cost = part(2, Speculation{}.draft_cost);
  if (!count || !accepted || !cost || *count < 0 || *count > 64 || *count != std::floor(*count) || *accepted < 0 || *accepted > 1 || *cost < 0 || *cost > 1 || parts.size() > 3)
    throw UsageError{"'" + text + "' is not a number of drafts, expected K, K:ACCEPTANCE or K:ACCEPTANCE:COST with K from 0 to 64 and shares from 0 to 1, e.g. 3:0.7"};
  return {static_cast<int>(*count), *accepted, *cost};
}

ModelArchitecture model_of(const Context& context, const std::string& name) {
  if (name.ends_with(".json")) return model_from_config(name, read_input(context, name));
  const Catalog& catalog = shipped_catalog();
  const ModelArchitecture* model = catalog.find_model(name);
  if (model == nullptr) throw UsageError{"there is no model '" + name + "' in the catalogue" + hint(name, catalog.model_names(), "models")};
  return *model;
}

CalibrationTable own_calibration(const Context& context) {
  const Options& o = context.options;
  if (!o.sets.empty()) throw UsageError{"--set goes with SCENARIO"};
  if (o.overlays.empty()) return {};
  Diagnostics diagnostics;
  const auto table = scenario::load_calibration(o.overlays, shipped_catalog(), context.environment.files, diagnostics);
  context.say_diagnostics(diagnostics, !o.quiet);
  if (!table) throw Reported{};
  return *table;
}

capacity::CurveQuery query_of(const Context& context, const Options& o, const CalibrationTable& calibration) {
  const Catalog& catalog = shipped_catalog();
  capacity::CurveQuery query;
  Mistakes mistakes;
  mistakes.attempt([&] { query.model = model_of(context, o.model); });
  mistakes.attempt([&] {
    const NodeType* node = catalog.find_node(o.node);
    if (o.node.empty() || node == nullptr) throw UsageError{(o.node.empty() ? "--model needs --node" : "there is no node '" + o.node + "' in the catalogue") + hint(o.node, catalog.node_names(), "nodes")};
    query.node = *node;
    query.accelerator = *catalog.find_accelerator(node->accelerator);
  });
  mistakes.attempt([&] {
    if (!o.precision.empty() && !(query.precision = parse_precision(o.precision))) throw UsageError{"unknown precision '" + o.precision + "', expected fp32, bf16, fp8, int8, int4, mxfp4 or nvfp4"};
  });
  query.shape.input_mean_tokens = o.input_tokens;
  query.shape.output_mean_tokens = o.output_tokens;
  query.arrivals.cv = o.burst;
  query.max_batch = o.batch;
  mistakes.attempt([&] { query.shape.prefix_hit = parse_share(o.prefix_hit); });
  mistakes.attempt([&] { query.speculation = parse_drafts(o.drafts); });
  mistakes.attempt([&] { query.slo = parse_slo(o.slo); });
  for (const auto& [option, value] : {std::pair{"--input", o.input_tokens}, {"--output", o.output_tokens}, {"--burst", o.burst}})
    mistakes.attempt([&, &name = option, &number = value] {
      if (std::isnan(number)) throw UsageError{fmt::format("{} is not a number", name)};
    });
  mistakes.attempt([&] {
    if (!query.model.name.empty() && query.model.kind == ModelKind::decoder && (o.input_tokens < 1 || o.output_tokens < 1)) throw UsageError{"this model needs --input and --output: the mean tokens of a request"};
  });
  mistakes.attempt([&] {
    const bool tokens = query.model.kind == ModelKind::decoder || query.model.kind == ModelKind::encoder;
    if (!tokens && (o.input_tokens > 0 || o.output_tokens > 0)) throw UsageError{"a request of '" + query.model.name + "' has no tokens: --input and --output do not go with it"};
  });
  mistakes.attempt([&] {
    if (query.model.name.empty() || o.batch == 0) return;
    if (capacity::has_output_tokens(query)) throw UsageError{"--batch goes with models that answer in one pass; '" + query.model.name + "' answers token by token"};
  });
  mistakes.attempt([&] {
    if (!query.model.name.empty() && query.model.kind != ModelKind::decoder && !(query.slo.tpot.empty() && query.slo.ttft.empty()))
      throw UsageError{"a request of '" + query.model.name + "' has no output tokens, so no " + (query.slo.ttft.empty() ? "tpot" : "ttft") + " to limit; limit e2e, e.g. e2e.p99=60ms"};
  });
  mistakes.raise();
  query.engine = capacity::planned_engine(query, calibration);
  return query;
}

namespace {

/// The loads of the curve, simulated.
Table simulated_points(const Options& o, const capacity::CurveQuery& query, const std::vector<Deployment>& deployments) {
  std::vector<report::SimulatedCurveRow> rows;
  for (const Deployment& d : deployments) {
    const capacity::SimulatedReplica replica = capacity::simulated_replica(query, capacity::layout_of(d), query.shape.input_mean_tokens + query.shape.output_mean_tokens);
    if (!replica.problem.empty()) continue;
    for (const double share : {0.1, 0.25, 0.5, 0.75, 0.9, 1.0}) {
      const capacity::SimulatedPointQuery point{query.shape, share * d.load_per_s, simulated_requests(o), o.seed().value_or(1), query.arrivals.cv};
      const auto analytic = capacity::capacity_curve(query, capacity::layout_of(d), std::vector<double>{point.load_per_s});
      if (!analytic.empty()) rows.push_back({d.accelerators, analytic.front(), capacity::simulate_point(replica, point)});
    }
  }
  return report::simulated_curve_table(rows);
}

/// What would carry more load; of a model without steps nothing is known.
Table elasticity_table(const capacity::CurveQuery& query, const std::vector<Deployment>& deployments) {
  Table table{"elasticities", "What would carry more", {{"accelerators", "acc.", Column::Kind::number, 0}}, {}, false,
              "percent more load under the SLO for a percent more of each; links: between accelerators"};
  for (const Deployment& d : deployments) {
    const auto worth = capacity::elasticities(query, capacity::layout_of(d));
    if (table.columns.size() == 1)
      for (const capacity::Elasticity& e : worth) {
        std::string name = e.resource;
        std::replace(name.begin(), name.end(), ' ', '_');
        table.columns.push_back({name + "_elasticity", e.resource, Column::Kind::number, 2});
      }
    std::vector<report::Cell> row{static_cast<double>(d.accelerators)};
    for (const capacity::Elasticity& e : worth) row.emplace_back(e.value);
    if (row.size() > 1) table.rows.push_back(std::move(row));
  }
  return table;
}

int model_curve(const Context& context) {
  const capacity::CurveQuery query = query_of(context, context.options, own_calibration(context));
  const capacity::CurveResult result = capacity::deployments(query);
  Capacities capacities;
  capacities.deployments = result.deployments;
  for (Deployment& d : capacities.deployments) d.workload = query.model.name;
  if (capacities.deployments.empty()) capacities.none.push_back({query.model.name, query.node.name, result.reason});
  report::Page page = report::deployments_page(query.model.name + " on " + query.node.name, capacities);
  Table points{"curve", "Latency by load", {{"accelerators", "acc.", Column::Kind::number, 0}, {"load_per_s", "load/s", Column::Kind::number, 3}, {"utilisation", "use", Column::Kind::number, 2}, {"batch", "batch", Column::Kind::number, 1},
                                              {"ttft_p50_ms", "TTFT P50", Column::Kind::number, 0}, {"ttft_p95_ms", "P95", Column::Kind::number, 0}, {"ttft_p99_ms", "P99 ms", Column::Kind::number, 0},
                                              {"tpot_p50_ms", "TPOT P50", Column::Kind::number, 1}, {"tpot_p95_ms", "P95", Column::Kind::number, 1}, {"tpot_p99_ms", "P99 ms", Column::Kind::number, 1}, {"e2e_p99_ms", "E2E P99 ms", Column::Kind::number, 0}, {"power_w", "W", Column::Kind::number, 0}}, {}, false, ""};
  for (const Deployment& d : capacities.deployments) {
    std::vector<double> loads;
    for (const double share : {0.1, 0.25, 0.5, 0.75, 0.9, 1.0}) loads.push_back(share * d.load_per_s);
    for (const capacity::CurvePoint& p : capacity::capacity_curve(query, capacity::layout_of(d), loads))
      points.rows.push_back({static_cast<double>(d.accelerators), p.load_per_s, p.utilisation, p.batch, 1000 * p.ttft_p50_s, 1000 * p.ttft_p95_s, 1000 * p.ttft_p99_s, 1000 * p.tpot_p50_s, 1000 * p.tpot_p95_s, 1000 * p.tpot_p99_s, 1000 * p.e2e_p99_s, p.power_w});
  }
  if (!points.rows.empty()) page.tables.push_back(points);
  const Table worth = elasticity_table(query, capacities.deployments);
  if (!worth.rows.empty()) page.tables.push_back(worth);
  std::vector<Table> tables{report::deployments_table(capacities), points, worth};
  if (context.options.simulate) tables.push_back(page.tables.emplace_back(simulated_points(context.options, query, capacities.deployments)));
  context.emit(page, tables.front(), report::table_json("curve", tables));
  return capacities.deployments.empty() ? infeasible : done;
}

}  // namespace

int curve_command(const Context& context) {
  const Options& o = context.options;
  const int ways = !o.input.empty() + !o.model.empty() + !o.cases.empty();
  if (ways != 1) throw UsageError{"curve needs exactly one of SCENARIO, --model NAME and --cases FILE"};
  const bool of_model = !o.node.empty() || !o.precision.empty() || !o.slo.empty() || !o.prefix_hit.empty() || !o.drafts.empty() || o.burst != 1 || o.batch > 0 || o.input_tokens > 0 || o.output_tokens > 0;
  if (of_model && o.model.empty()) throw UsageError{"--node, --precision, --input, --output, --prefix-hit, --burst, --batch, --drafts and --slo go with --model; a scenario says these things itself"};
  if (o.simulate && !o.cases.empty()) throw UsageError{"--simulate goes with SCENARIO and --model"};
  if (o.search && (o.model.empty() || o.simulate)) throw UsageError{"--search goes with --model, and not with --simulate"};
  if (!o.search && !(o.price.empty() && o.cost_ceiling.empty() && o.power_budget.empty())) throw UsageError{"--price, --cost-ceiling and --power-budget go with --search"};
  (void)context.format();
  if (o.search) return search_command(context);
  if (!o.cases.empty()) return cases_command(context);
  if (!o.model.empty()) return model_curve(context);
  int warnings = 0;
  auto loaded = load(context, warnings, false);
  if (!loaded) return bad_input;
  const pipeline::RunOptions options = run_options(context);
  const pipeline::Run run = pipeline::run(std::move(*loaded), pipeline::Stage::capacity, options);
  if (o.simulate) {
    const pipeline::SimulationReport checks = pipeline::simulate(run, pipeline::Deployments::all, simulated_requests(o), options.threads);
    const Table table = report::deployment_checks_table(checks);
    context.emit(report::deployment_checks_page(run.loaded.scenario.name, checks), table, report::table_json("curve", {table}));
    return done;
  }
  context.emit(report::curve_page(run), report::deployments_table(run.capacities), context.format() == "json" ? report::to_json(run, "capacities") : "");
  return done;
}

}  // namespace tonnage::cli
