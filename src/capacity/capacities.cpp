#include "tonnage/capacity/capacities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "frontier.hpp"
#include "power.hpp"
#include "prediction_error.hpp"
#include "tonnage/capacity/curve.hpp"
#include "tonnage/capacity/efficiency.hpp"
#include "tonnage/capacity/simulated_curve.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::capacity {
namespace {

const Accelerator* accelerator_of(const Scenario& scenario, const NodeType& node) {
  for (const Accelerator& accelerator : scenario.accelerators)
    if (accelerator.name == node.accelerator) return &accelerator;
  return nullptr;
}

/// Origins that a workload's demand names; "anywhere" when it is not split.
std::set<std::string> origins_of(const Workload& workload) {
  const std::set<std::string> names = origin_names(workload.demand);
  return names.empty() ? std::set<std::string>{"anywhere"} : names;
}

/// Distinct round trips between the workload's origins and the regions that may serve them on this node type, rising.
std::set<double> round_trips_s(const Scenario& scenario, const Workload& workload, const std::string& node) {
  std::set<double> trips;
  for (const std::string& origin : origins_of(workload))
    for (const int region : reachable_regions(scenario, workload, origin)) {
      const std::string& name = scenario.regions[static_cast<std::size_t>(region)].name;
      const auto here = [&](const Pool& pool) { return pool.region == name && pool.node == node && pool.offer != OfferKind::api; };
      if (std::any_of(scenario.pools.begin(), scenario.pools.end(), here)) trips.insert(tonnage::round_trip_s(scenario, origin, name));
    }
  return trips;
}

/// Node types that pools hold, in the scenario's order.
std::vector<const NodeSpec*> pooled_nodes(const Scenario& scenario) {
  std::vector<const NodeSpec*> nodes;
  for (const NodeSpec& node : scenario.nodes) {
    const auto held = [&](const Pool& pool) { return pool.node == node.type.name && pool.offer != OfferKind::api; };
    if (std::any_of(scenario.pools.begin(), scenario.pools.end(), held)) nodes.push_back(&node);
  }
  return nodes;
}

Deployment given_deployment(const NodeType& node, const Accelerator& accelerator, int accelerators, double load, double power_w) {
  Deployment d;
  d.node = node.name;
  d.tensor_parallel = d.accelerators = accelerators;
  d.load_per_s = load;
  d.power_w = power_w > 0 ? power_w : replica_power_w(node, accelerator, accelerators, 1);
  d.limit = d.evidence = "given";
  return d;
}

CurveResult given_result(const Workload& workload, const NodeType& node, const Accelerator& accelerator) {
  CurveResult result;
  for (const GivenCapacity& given : workload.capacity)
    if (given.node == node.name && given.load_per_s > 0 && given.accelerators > 0)
      result.deployments.push_back(given_deployment(node, accelerator, given.accelerators, given.load_per_s, given.power_w));
  std::stable_sort(result.deployments.begin(), result.deployments.end(),
                   [](const Deployment& a, const Deployment& b) { return a.accelerators < b.accelerators; });
  return result;
}

CurveResult job_result(const Job& job, const NodeType& node, const Accelerator& accelerator) {
  CurveResult result;
  if (job.node != node.name || job.accelerators < 1) return result;
  result.deployments.push_back(given_deployment(node, accelerator, job.accelerators, job.accelerators, 0));
  result.deployments.back().note = "a job: load counts accelerators";
  return result;
}

CurveQuery query_of(const Scenario& scenario, const Workload& workload, const NodeType& node, const Accelerator& accelerator) {
  CurveQuery query;
  query.model = workload.model;
  query.measured = workload.measured;
  if (!workload.measured.empty()) query.model.kind = ModelKind::measured;
  query.accelerator = accelerator;
  query.node = node;
  query.precision = workload.precision;
  query.kv_precision = workload.kv_precision;
  query.shape = workload.shape;
  query.arrivals = workload.arrivals;
  query.speculation = workload.speculation;
  query.max_batch = workload.batch_limit;
  query.slo = workload.slo;
  query.engine = planned_engine(query, scenario.calibration);
  return query;
}

/// Requests of the simulation that confirms a deployment: its noise is a few percent of the load.
constexpr int confirming_requests = 2000;

/// Highest load of a deployment that does not swing within the hour: simulations are of steady loads.
double steady_load(const CurveQuery& query, const Deployment& d) {
  if (query.arrivals.rate_cv <= 0) return d.load_per_s;
  CurveQuery steady = query;
  steady.arrivals.rate_cv = 0;
  return highest_load_per_s(steady, layout_of(d));
}

/// Near saturation the analytic curve is too fast for requests of varied lengths: a plan counts on no more than the
/// simulation holds. A deployment that it does not hold at all keeps four tenths, and says so; where arrivals come in bunches it is looked
/// for down to a sixteenth, and is none when that does not hold.
void confirm(const CurveQuery& query, Deployment& d) {
  if (!has_output_tokens(query)) return;
  const double longest = 8 * std::max(query.shape.input_mean_tokens + query.shape.output_mean_tokens, query.shape.input_p95_tokens + query.shape.output_p95_tokens);
  const double bound = query.model.max_context_tokens > 0 ? std::min<double>(longest, query.model.max_context_tokens) : longest;
  const SimulatedReplica replica = simulated_replica(query, layout_of(d), bound);
  if (!replica.problem.empty()) return;
  const bool bunched = query.arrivals.cv > 1;
  const double steady = steady_load(query, d);
  double held = 0, from = 1;
  for (; held == 0 && from > (bunched ? 0.1 : 0.5); from *= 0.4)  // each look goes down to four tenths
    held = simulated_load_up_to(replica, query.slo, from * steady, {query.shape, 0, confirming_requests, 1, query.arrivals.cv});
  const double share = held > 0 ? held / steady : bunched ? 0 : from;
  if (share >= 1) return;
  d.load_per_s *= share;
  d.concurrency *= share;
  d.note += held > 0 ? fmt::format("; simulated: {:.0f} % of the analytic load hold", 100 * share) : "; simulated: the limits are missed even at this load";
}

/// What bunches, swings and drafts do to the load: of a deployment that has them, over one that has not.
void compare(const CurveQuery& query, Deployment& d) {
  const double load = highest_load_per_s(query, layout_of(d));
  const auto against = [&](const CurveQuery& plain, const std::string& what) {
    const double before = highest_load_per_s(plain, layout_of(d));
    if (!d.remark.empty()) d.remark += "; ";
    d.remark += before > 0 ? fmt::format("{}: {:+.0f} % load", what, 100 * (load / before - 1)) : fmt::format("{}: without them it would carry nothing", what);
  };
  if (!(load > 0) || !has_output_tokens(query)) return;
  CurveQuery plain = query;
  plain.arrivals.cv = 1;
  if (query.arrivals.cv != 1) against(plain, fmt::format("arrivals of CV {:.3g}", query.arrivals.cv));
  plain = query, plain.arrivals.rate_cv = 0;
  if (query.arrivals.rate_cv > 0) against(plain, fmt::format("load that swings by {:.2g} within an hour", query.arrivals.rate_cv));
  plain = query, plain.speculation = {};
  if (query.speculation.tokens > 0)
    against(plain, fmt::format("{:.2f} tokens a step with drafts", tokens_per_step(query.speculation.tokens, query.speculation.acceptance)));
}

/// Loads of models that answer in one pass, measured over computed, 10th and 90th percentile: MLPerf's offline results by model and chip
/// (docs/accuracy-one-pass.md). No constant was fitted to such models, on any chip.
constexpr double one_pass_low = 0.61, one_pass_high = 1.19;

/// 80 % interval of the true load over the computed one. Of throughput: the errors of throughput. Of a latency limit: steps that take r times
/// as long are a clock that runs r times as slow, which carries 1 / r of the load that the limit over r allows, r^-(1 + e) for a load
/// of elasticity e to the limits; r has the errors of the time per token.
void set_interval(const CurveQuery& query, Deployment& d) {
  if (query.model.kind == ModelKind::measured) return;  // its points say
  const ServingSetup setup{planning_engine, planning_version, &query.accelerator, &query.model, query.precision.value_or(query.model.native_precision)};
  const Evidence evidence = evidence_of(setup);
  d.measured_class = to_string(evidence);
  const bool latency = d.limit == "ttft" || d.limit == "tpot" || d.limit == "e2e", one_pass = !has_output_tokens(query);
  if (one_pass) d.measured_class = "models without tokens";
  if (!latency && one_pass) {
    d.capacity_p10 = one_pass_low, d.capacity_p90 = one_pass_high;
    return;
  }
  if (!latency) {
    const PredictionError error = prediction_error(CaseMetric::output_tokens_per_s, evidence, false);
    d.capacity_p10 = error.low_ratio, d.capacity_p90 = error.high_ratio;
    return;
  }
  constexpr double longer = 1.1;
  CurveQuery loose = query;
  for (std::vector<SloLimit>* limits : {&loose.slo.ttft, &loose.slo.tpot, &loose.slo.e2e})
    for (SloLimit& limit : *limits) limit.limit_s *= longer;
  const double before = highest_load_per_s(query, layout_of(d)), after = highest_load_per_s(loose, layout_of(d));
  const double elasticity = before > 0 && after > before ? std::min(std::log(after / before) / std::log(longer), 3.0) : 0;
  if (one_pass) {
    d.capacity_p10 = std::pow(one_pass_low, 1 + elasticity), d.capacity_p90 = std::pow(one_pass_high, 1 + elasticity);
    return;
  }
  const PredictionError error = prediction_error(CaseMetric::tpot_mean, evidence, false);
  d.capacity_p10 = std::pow(error.high_ratio, -1 - elasticity), d.capacity_p90 = std::pow(error.low_ratio, -1 - elasticity);
}

CurveResult confirmed_deployments(const CurveQuery& query) {
  CurveResult result = deployments(query);
  for (Deployment& d : result.deployments) confirm(query, d), compare(query, d), set_interval(query, d);
  std::erase_if(result.deployments, [](const Deployment& d) { return !(d.load_per_s > 0); });
  result.deployments = undominated(result.deployments, [](const Deployment& a, const Deployment& b) { return dominates(a, b); });
  for (Deployment& d : result.deployments) set_use(query, d);
  if (result.deployments.empty() && result.reason.empty()) result.reason = "simulated: with such bunches of arrivals the limits are missed even at a sixteenth of the analytic load";
  return result;
}

/// Adds what a workload can do on a node type, for each round trip: the farther, the less time an SLO leaves.
void add_pair(const Scenario& scenario, const Workload& workload, const NodeType& node, CurveMemo* memo, Capacities& out) {
  const Accelerator* known = accelerator_of(scenario, node);
  const Accelerator accelerator = known != nullptr ? *known : Accelerator{};
  const auto add = [&](CurveResult result, double trip_s, const std::string& where) {
    if (result.deployments.empty() && !result.reason.empty()) out.none.push_back({workload.name, node.name, where + result.reason});
    for (Deployment& deployment : result.deployments) {
      deployment.workload = workload.name;
      deployment.round_trip_s = trip_s;
      out.deployments.push_back(std::move(deployment));
    }
  };
  if (workload.job) return add(job_result(*workload.job, node, accelerator), any_round_trip_s, "");
  if (!workload.capacity.empty()) return add(given_result(workload, node, accelerator), any_round_trip_s, "");
  if (known == nullptr && workload.measured.empty()) return add({{}, fmt::format("accelerator '{}' is not known", node.accelerator)}, 0, "");
  if (!workload.has_model && workload.measured.empty()) return add({{}, "neither a model nor a capacity is given"}, 0, "");
  CurveQuery query = query_of(scenario, workload, node, accelerator);
  for (const double trip_s : round_trips_s(scenario, workload, node.name)) {
    query.round_trip_s = trip_s;
    add(memo != nullptr ? memo->find_or_make(query, confirmed_deployments) : confirmed_deployments(query), trip_s, trip_s > 0 ? fmt::format("at a round trip of {:.6g} ms, ", 1000 * trip_s) : "");
  }
}

/// Workloads that a hosted model may serve: a million tokens an hour at a time, as many as are paid for. Its latency is its provider's.
void add_hosted(const Workload& workload, const Pool& pool, Capacities& out) {
  if (pool.offer != OfferKind::api || std::find(pool.serves.begin(), pool.serves.end(), workload.name) == pool.serves.end()) return;
  Deployment d;
  d.workload = workload.name;
  d.node = pool.node;
  d.tensor_parallel = d.accelerators = 0;
  d.round_trip_s = any_round_trip_s;
  d.load_per_s = hosted_load_per_s(pool, workload.shape);
  d.limit = d.evidence = "hosted";
  d.note = "paid per token; its latency is its provider's and not checked";
  if (d.load_per_s > 0) out.deployments.push_back(std::move(d));
  else out.none.push_back({workload.name, pool.node, "its requests have no tokens"});
}

}  // namespace

Capacities capacities(const Scenario& scenario, CurveMemo* memo) {
  Capacities out;
  const std::vector<const NodeSpec*> nodes = pooled_nodes(scenario);
  for (const Workload& workload : scenario.workloads) {
    for (const NodeSpec* node : nodes) add_pair(scenario, workload, node->type, memo, out);
    for (const Pool& pool : scenario.pools) add_hosted(workload, pool, out);
  }
  return out;
}

std::optional<CurveQuery> query_of(const Scenario& scenario, const Deployment& deployment) {
  if (deployment.evidence == "given" || deployment.evidence == "measured" || is_hosted(deployment)) return std::nullopt;
  for (const Workload& workload : scenario.workloads)
    for (const NodeSpec& node : scenario.nodes) {
      if (workload.name != deployment.workload || node.type.name != deployment.node) continue;
      const Accelerator* accelerator = accelerator_of(scenario, node.type);
      if (accelerator == nullptr) return std::nullopt;
      CurveQuery query = query_of(scenario, workload, node.type, *accelerator);
      query.round_trip_s = std::isfinite(deployment.round_trip_s) ? deployment.round_trip_s : 0;
      return query;
    }
  return std::nullopt;
}

}  // namespace tonnage::capacity
