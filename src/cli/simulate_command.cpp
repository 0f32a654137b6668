// simulate: requests through a model on a node, through fleets, or through the deployments of a plan.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "context.hpp"
#include "curve_query.hpp"
#include "simulate_input.hpp"
#include "tonnage/capacity/fleet_plan.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/pipeline/simulate.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/simulation_pages.hpp"

namespace tonnage::cli {

namespace {

using capacity::ArrivalKind;

std::vector<double> numbers_of(const std::string& text, const char* option, double low, double high, bool whole) {
  std::vector<double> out;
  for (const std::string_view part : split(text, ',')) {
    const auto value = parse_double(trim(part));
    if (!value || !(*value >= low && *value <= high) || (whole && *value != std::floor(*value)))
      throw UsageError{fmt::format("'{}' is not a value for {}, expected a {}number from {:.15g} to {:.15g}, or several with commas between", trim(part), option, whole ? "whole " : "", low, high)};
    out.push_back(*value);
  }
  return out;
}

/// A table given by an option, read and reported as a whole.
template <class Read>
auto read_table(const Context& context, const std::string& path, Read&& read) {
  Diagnostics diagnostics;
  const std::string text = read_input(context, path);
  const int file = diagnostics.sources.add(path, text);
  const CsvTable table = read_csv(text, file, diagnostics);
  auto rows = read(table, file, diagnostics);
  context.say_diagnostics(diagnostics, true);
  if (diagnostics.has_errors()) rows.clear();
  return rows;
}

/// What a run of the command is about, as read from the options.
struct Question {
  capacity::Traffic traffic;
  std::vector<double> loads;           ///< requests/s, or requests in flight
  std::vector<capacity::Request> trace;
  std::vector<capacity::Routing> routers;
  std::vector<FleetRow> fleets;
  Slo slo;
  std::uint64_t seed = 1;
  double warm_up = 0.1;
};

bool ends_with_csv(const std::string& text) { return text.size() > 4 && lower(text.substr(text.size() - 4)) == ".csv"; }

/// "poisson", "gamma:2", "closed:32", "trace.csv". Sets kind, burstiness and, for closed loops, the loads.
void read_arrival(const Options& o, Question& q) {
  const auto colon = o.arrival.find(':');
  const std::string kind = o.arrival.substr(0, colon), rest = colon == std::string::npos ? "" : o.arrival.substr(colon + 1);
  const std::vector<std::string> kinds{"constant", "poisson", "gamma", "closed", "offline"};
  const auto at = std::find(kinds.begin(), kinds.end(), kind);
  if (ends_with_csv(o.arrival)) q.traffic.arrivals.kind = ArrivalKind::trace;
  else if (at == kinds.end() || (rest.empty() != (kind != "gamma" && kind != "closed"))) {
    const std::string close = suggest(kind, kinds);
    throw UsageError{"'" + o.arrival + "' is not a kind of arrivals, expected constant, poisson, gamma:CV, closed:N, offline or FILE.csv" + (close.empty() || close == kind ? "" : "; did you mean '" + close + "'?")};
  } else {
    q.traffic.arrivals.kind = static_cast<ArrivalKind>(at - kinds.begin());
  }
  if (kind == "gamma") q.traffic.arrivals.cv = numbers_of(rest, "gamma", 0, 100, false).front();
  const bool rated = q.traffic.arrivals.kind <= ArrivalKind::gamma;
  if (rated && o.rates.empty()) throw UsageError{"simulate needs --rate, the requests a second; --arrival closed:N, offline and FILE.csv do without"};
  if (!rated && !o.rates.empty()) throw UsageError{"--rate goes with constant, poisson and gamma arrivals only"};
  q.loads = kind == "closed" ? numbers_of(rest, "closed", 1, 1e6, true) : rated ? numbers_of(o.rates, "--rate", 1e-6, 1e7, false) : std::vector<double>{0};
}

/// False when a table has mistakes; they have been told.
bool read_lengths_option(const Context& context, Question& q) {
  const Options& o = context.options;
  if (o.lengths.empty()) {
    if (o.fleet.empty() || q.traffic.arrivals.kind == ArrivalKind::trace || o.input_tokens > 0) return true;
    throw UsageError{"simulate needs --input and --output, --lengths FILE, or a trace: how long requests are"};
  }
  if (o.input_tokens > 0 || o.output_tokens > 0) throw UsageError{"--lengths replaces --input and --output"};
  q.traffic.totals = read_table(context, o.lengths, read_lengths);
  q.traffic.output_share = o.output_share;
  return !q.traffic.totals.empty();
}

/// Means of the requests, for the analytic side.
Shape shape_of(const std::vector<capacity::Request>& requests) {
  Shape shape;
  double input = 0, output = 0, cached = 0;
  for (const capacity::Request& r : requests) input += r.input_tokens, output += r.output_tokens, cached += r.cached_tokens;
  const double count = std::max<double>(static_cast<double>(requests.size()), 1);
  shape.input_mean_tokens = input / count, shape.output_mean_tokens = output / count;
  shape.prefix_hit = input > 0 ? cached / input : 0;
  return shape;
}

capacity::EngineSettings engine_of(const Options& o) {
  capacity::EngineSettings engine;
  engine.prefill = o.prefill == "whole" ? capacity::Prefill::whole : o.prefill == "first" ? capacity::Prefill::first : capacity::Prefill::chunked;
  engine.max_waiting = o.max_waiting;
  return engine;
}

/// The pool of --model and --node: --tensor-parallel, else the deployment that carries most per accelerator, else the first that fits.
std::vector<FleetRow> model_fleets(const Options& o, const capacity::CurveQuery& query) {
  capacity::PoolQuery pool;
  pool.name = query.node.name;
  pool.query = query;
  pool.tensor_parallel = o.tensor_parallel;
  double best = 0;
  if (pool.tensor_parallel <= 0)
    for (const Deployment& d : capacity::deployments(query).deployments)
      if (d.load_per_s / d.accelerators > best) best = d.load_per_s / d.accelerators, pool.tensor_parallel = d.accelerators;
  for (int t = 1; pool.tensor_parallel <= 0 && t <= query.node.accelerators; t *= 2)
    if (capacity::simulated_replica(query, t, 1).problem.empty()) pool.tensor_parallel = t;
  pool.tensor_parallel = std::max(pool.tensor_parallel, 1);
  pool.prefix_cache_tokens = o.prefix_cache_tokens;
  std::vector<FleetRow> fleets;
  if (o.replicas == "fewest") return {{query.node.name, {pool}, std::nullopt}};
  for (const double count : o.replicas.empty() ? std::vector<double>{1} : numbers_of(o.replicas, "--replicas", 1, 100000, true)) {
    pool.replicas = static_cast<int>(count);
    fleets.push_back({query.node.name, {pool}, std::nullopt});
  }
  return fleets;
}

/// False when a table has mistakes.
bool read_fleets_option(const Context& context, Question& q) {
  const Options& o = context.options;
  const CalibrationTable calibration = own_calibration(context);
  capacity::CurveQuery base;
  base.max_sequences = o.max_sequences;
  base.engine.max_batched_tokens = o.max_batched_tokens;
  base.speculation = parse_drafts(o.drafts);
  if (o.fleet.empty()) {
    Options plain = o;
    if (!q.traffic.totals.empty() || !q.trace.empty()) plain.input_tokens = plain.output_tokens = 1;  // lengths come from a table
    capacity::CurveQuery query = query_of(context, plain, calibration);
    query.max_sequences = o.max_sequences;
    query.engine.max_batched_tokens = o.max_batched_tokens;
    if (q.traffic.arrivals.kind == capacity::ArrivalKind::gamma) query.arrivals.cv = q.traffic.arrivals.cv;
    if (!q.traffic.totals.empty() || !q.trace.empty()) {
      q.traffic.arrivals.rate_per_s = 1;
      query.shape = shape_of(q.trace.empty() ? capacity::make_requests(q.traffic, 4000, q.seed) : q.trace);
    }
    q.fleets = model_fleets(o, query);
    return true;
  }
  if (!o.node.empty() || !o.replicas.empty() || o.tensor_parallel > 0) throw UsageError{"--node, --replicas and --tensor-parallel stand in the table of --fleet"};
  if (!o.model.empty()) base.model = model_of(context, o.model);
  if (!o.precision.empty() && !(base.precision = parse_precision(o.precision))) throw UsageError{"unknown precision '" + o.precision + "', expected fp32, bf16, fp8, int8, int4, mxfp4 or nvfp4"};
  q.fleets = read_table(context, o.fleet, [&](const CsvTable& table, int file, Diagnostics& d) { return read_fleets(table, file, base, calibration, d); });
  return !q.fleets.empty();
}

std::vector<capacity::Routing> read_routers(const Options& o) {
  std::vector<capacity::Routing> out;
  for (const std::string_view part : split(o.routers, ',')) {
    const std::string name(trim(part));
    if (o.routers.empty()) break;
    const auto routing = parse_routing(name);
    const std::string close = suggest(name, routing_names());
    if (!routing) throw UsageError{"unknown router '" + name + "', expected " + name_list(routing_names()) + (close.empty() ? "" : "; did you mean '" + close + "'?")};
    out.push_back(*routing);
  }
  return out;
}

std::optional<Question> read_question(const Context& context) {
  const Options& o = context.options;
  Question q;
  q.seed = o.seed().value_or(1);
  q.slo = parse_slo(o.slo);
  q.warm_up = parse_share(o.warm_up);
  q.routers = read_routers(o);
  read_arrival(o, q);
  Shape shape;
  shape.input_mean_tokens = o.input_tokens, shape.input_p95_tokens = o.input_p95;
  shape.output_mean_tokens = o.output_tokens, shape.output_p95_tokens = o.output_p95;
  shape.prefix_hit = parse_share(o.prefix_hit);
  const capacity::Arrivals arrivals = q.traffic.arrivals;
  q.traffic = capacity::traffic_of(shape);
  q.traffic.arrivals = arrivals;
  q.traffic.prefix_groups = o.prefixes;
  if (arrivals.kind == ArrivalKind::trace) {
    q.trace = read_table(context, o.arrival, read_trace);
    if (q.trace.empty()) return std::nullopt;
  }
  if (!read_lengths_option(context, q) || !read_fleets_option(context, q)) return std::nullopt;
  return q;
}

/// Context of the model of the fleets that has the shortest; 0: none is known.
int shortest_context(const Question& q) {
  int shortest = 0;
  for (const FleetRow& fleet : q.fleets)
    for (const capacity::PoolQuery& pool : fleet.pools) {
      const int own = pool.query.model.max_context_tokens;
      if (own > 0 && (shortest == 0 || own < shortest)) shortest = own;
    }
  return shortest;
}

/// Requests of a load, cut to the shortest context.
std::vector<capacity::Request> requests_of(const Options& o, const Question& q, double load) {
  if (!q.trace.empty()) return q.trace;
  capacity::Traffic traffic = q.traffic;
  traffic.arrivals.rate_per_s = load;
  traffic.longest_tokens = shortest_context(q);
  // Two minutes' worth; in a closed loop enough for the first tenth to be over with the start.
  const bool closed = traffic.arrivals.kind == ArrivalKind::closed;
  const int usual = static_cast<int>(std::clamp((closed ? 20 : 120) * load, 4000.0, 100000.0));
  return capacity::make_requests(traffic, o.requests > 0 ? o.requests : usual, q.seed);
}

/// Says when requests are cut to a model's context.
void note_cut(const Question& q, const std::vector<capacity::Request>& requests, std::vector<std::string>& notes) {
  const int longest = shortest_context(q);
  if (longest <= 0 || !q.trace.empty() || !notes.empty()) return;
  const auto cut = std::count_if(requests.begin(), requests.end(), [&](const capacity::Request& r) { return r.input_tokens + r.output_tokens >= longest; });
  if (cut > 0) notes.push_back(fmt::format("{:.2g} % of the requests are longer than the model's context of {} tokens and were cut to it", 100.0 * static_cast<double>(cut) / static_cast<double>(requests.size()), longest));
}

capacity::FleetOutcome run_fleet(const Options& o, const Question& q, const FleetRow& fleet, const std::vector<capacity::Request>& requests, double load, capacity::Routing routing) {
  capacity::FleetPlanQuery plan;
  plan.pools = fleet.pools;
  plan.routing = routing;
  plan.load.requests = requests;
  plan.load.arrivals = q.traffic.arrivals.kind;
  plan.load.concurrency = static_cast<int>(load);
  plan.load.warm_up = q.traffic.arrivals.kind == ArrivalKind::offline ? 0 : q.warm_up;
  plan.load.seed = q.seed;
  plan.slo = q.slo;
  plan.engine = engine_of(o);
  plan.kv_link_bytes_per_s = 1e9 * o.kv_link_gb_per_s;
  return capacity::plan_fleet(plan);
}

/// The analytic curve at the load of a fleet of one pool; nothing for other fleets and for closed loops.
std::optional<capacity::CurvePoint> analytic_point(const Options& o, const Question& q, const capacity::FleetOutcome& outcome, const FleetRow& fleet, double load) {
  if (outcome.pools.size() != 1 || q.traffic.arrivals.kind > ArrivalKind::gamma) return std::nullopt;
  capacity::CurveQuery query = fleet.pools[0].query;
  if (q.traffic.totals.empty()) query.shape.input_p95_tokens = o.input_p95, query.shape.output_p95_tokens = o.output_p95;
  const auto points = capacity::capacity_curve(query, fleet.pools[0].tensor_parallel, std::vector<double>{load / outcome.pools[0].replicas});
  return points.empty() ? std::nullopt : std::optional(points[0]);
}

int simulate_fleets(const Context& context) {
  const Options& o = context.options;
  const auto question = read_question(context);
  if (!question) return bad_input;
  const Question& q = *question;
  std::vector<report::SimulationRow> rows;
  std::vector<std::string> notes;
  bool any = false;
  for (const double load : q.loads) {
    const std::vector<capacity::Request> requests = requests_of(o, q, load);
    note_cut(q, requests, notes);
    for (FleetRow fleet : q.fleets) {
      for (capacity::PoolQuery& pool : fleet.pools) pool.query.shape = shape_of(requests);
      std::vector<capacity::Routing> routers = q.routers;
      if (fleet.routing) routers = {*fleet.routing};
      if (routers.empty()) routers = {capacity::Routing::least_requests};
      for (const capacity::Routing routing : routers) {
        report::SimulationRow row{fleet.name, to_string(routing), load, run_fleet(o, q, fleet, requests, load, routing), std::nullopt};
        any = any || row.outcome.result.all.summary.requests > 0;
        row.analytic = analytic_point(o, q, row.outcome, fleet, load);
        rows.push_back(std::move(row));
      }
    }
  }
  const std::string subject = !o.model.empty() ? o.model + (o.node.empty() ? "" : " on " + o.node) : o.fleet;
  const bool has_slo = !q.slo.ttft.empty() || !q.slo.tpot.empty() || !q.slo.e2e.empty();
  const report::SimulationTitle title{subject, o.arrival, q.traffic.arrivals.kind == ArrivalKind::closed, has_slo, q.seed, notes};
  const report::Table table = report::simulation_table(title, rows);
  context.emit(report::simulation_page(title, rows), table, report::table_json("simulation", {table, report::simulation_pools_table(rows)}));
  return any ? done : infeasible;
}

int simulate_scenario(const Context& context) {
  int warnings = 0;
  auto loaded = load(context, warnings, false);
  if (!loaded) return bad_input;
  const pipeline::RunOptions options = run_options(context);
  const pipeline::Run run = pipeline::run(std::move(*loaded), pipeline::Stage::allocate, options);
  const pipeline::SimulationReport checks = pipeline::simulate(run, pipeline::Deployments::chosen, simulated_requests(context.options), options.threads);
  const report::Table table = report::deployment_checks_table(checks);
  context.emit(report::deployment_checks_page(run.loaded.scenario.name, checks), table, report::table_json("simulation", {table}));
  return done;
}

}  // namespace

int simulate_command(const Context& context) {
  const Options& o = context.options;
  (void)context.format();
  const bool of_fleet = !o.model.empty() || !o.fleet.empty();
  if (of_fleet == !o.input.empty()) throw UsageError{"simulate needs exactly one of SCENARIO, and --model NAME or --fleet FILE"};
  const bool of_model = !o.node.empty() || !o.precision.empty() || !o.slo.empty() || !o.prefix_hit.empty() || o.input_tokens > 0 || o.output_tokens > 0 || !o.rates.empty() || !o.lengths.empty() || !o.replicas.empty() || !o.routers.empty() || o.arrival != "poisson";
  if (of_model && !of_fleet) throw UsageError{"these options go with --model or --fleet; a scenario says these things itself"};
  return of_fleet ? simulate_fleets(context) : simulate_scenario(context);
}

}  // namespace tonnage::cli
