#include "tonnage/capacity/curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "frontier.hpp"
#include "latency.hpp"
#include "measured.hpp"
#include "power.hpp"
#include "slo_load.hpp"

namespace tonnage::capacity {
namespace {

std::string shortfall(const Replica& r, const Miss& miss) {
  std::string text = fmt::format("even an idle replica of {} has {} of {:.4g} ms, the limit is {:.4g} ms", r.placement.layout.tensor,
                                 miss.name, 1e3 * miss.value_s, 1e3 * miss.limit_s);
  const bool distance = miss.metric != "tpot" && r.round_trip_s > 0;
  if (distance) text += fmt::format(" ({:.4g} ms are the longest round trip)", 1e3 * r.round_trip_s);
  if (distance && miss.value_s - r.round_trip_s <= miss.limit_s) {
    text += fmt::format("; a round trip of at most {:.4g} ms would do", 1e3 * (miss.limit_s - miss.value_s + r.round_trip_s));
  } else {
    text += fmt::format("; it would need hardware {:.3g} times as fast", miss.value_s / std::max(miss.limit_s, 1e-9));
  }
  return text;
}

Deployment describe(const CurveQuery& q, const Replica& r, const Highest& highest) {
  Deployment d;
  d.node = q.node.name;
  d.precision = to_string(r.placement.precision);
  d.tensor_parallel = d.accelerators = r.placement.layout.tensor;
  d.load_per_s = highest.load * (1 - std::clamp(q.headroom, 0.0, 1.0));
  Operating state = operate(r, d.load_per_s);
  d.power_w = replica_power_w(q.node, q.accelerator, d.accelerators, state.busy);
  d.concurrency = state.batch;
  d.max_concurrency = r.tokens ? std::floor(r.kv_limit) : r.limit;
  d.ttft_p50_s = state.ttft.quantile(0.5), d.ttft_p95_s = state.ttft.quantile(0.95), d.ttft_p99_s = state.ttft.quantile(0.99);
  d.tpot_p50_s = state.tpot.quantile(0.5), d.tpot_p95_s = state.tpot.quantile(0.95), d.tpot_p99_s = state.tpot.quantile(0.99);
  d.e2e_p50_s = state.e2e.quantile(0.5), d.e2e_p95_s = state.e2e.quantile(0.95), d.e2e_p99_s = state.e2e.quantile(0.99);
  d.limit = highest.bound.metric;
  d.evidence = "analytic";
  d.note = highest.bound.name == "throughput"
               ? fmt::format("at {:.0f} % of its highest throughput", 100 * highest_utilisation)
               : fmt::format("{} reaches its limit of {:.4g} ms", highest.bound.name, 1e3 * highest.bound.limit_s);
  return d;
}

bool dominates(const Deployment& a, const Deployment& b) {
  // Cross products: no division by a load.
  return a.accelerators <= b.accelerators && a.accelerators * b.load_per_s <= b.accelerators * a.load_per_s &&
         a.power_w * b.load_per_s <= b.power_w * a.load_per_s;
}

}  // namespace

bool has_output_tokens(const CurveQuery& query) { return query.model.kind == ModelKind::decoder && query.shape.output_mean_tokens > 0; }

CurveResult deployments(const CurveQuery& query) {
  if (query.model.kind == ModelKind::measured) {
    CurveResult result = measured_deployments(query);
    result.deployments = undominated(result.deployments, dominates);
    return result;
  }
  CurveResult result;
  for (const int parallel : {1, 2, 4, 8, 16}) {
    if (parallel > query.node.accelerators) break;
    const Replica replica = make_replica(query, parallel);
    if (!replica.problem.empty()) {
      result.reason = replica.problem;
      continue;
    }
    const Highest highest = highest_load(replica, query.slo);
    if (highest.load > 0) {
      result.deployments.push_back(describe(query, replica, highest));
    } else {
      result.reason = shortfall(replica, highest.bound);
    }
  }
  result.deployments = undominated(result.deployments, dominates);
  if (!result.deployments.empty()) result.reason.clear();
  else if (result.reason.empty()) result.reason = "the node has no accelerator";
  return result;
}

std::vector<Elasticity> elasticities(const CurveQuery& query, int tensor_parallel) {
  constexpr double more = 1.1;
  const auto load_of = [&](const CurveQuery& q) {
    const Replica replica = make_replica(q, tensor_parallel);
    return replica.problem.empty() ? highest_load(replica, q.slo).load : 0.0;
  };
  const double before = load_of(query);
  std::vector<Elasticity> out;
  if (!(before > 0)) return out;
  const auto add = [&](const char* resource, const auto& change) {
    CurveQuery changed = query;
    change(changed);
    // The search stops within 1e-5 of the throughput: what is left of that is no effect.
    const double value = std::log(load_of(changed) / before) / std::log(more);
    out.push_back({resource, std::abs(value) < 2e-3 ? 0 : value});
  };
  add("memory bandwidth", [](CurveQuery& q) { q.accelerator.bandwidth_bytes_per_s *= more; });
  add("compute", [](CurveQuery& q) {
    for (double Accelerator::*peak : {&Accelerator::bf16_flops, &Accelerator::fp8_flops, &Accelerator::int8_ops, &Accelerator::fp4_flops}) q.accelerator.*peak *= more;
  });
  add("memory", [](CurveQuery& q) { q.accelerator.memory_bytes *= more; });
  add("links", [](CurveQuery& q) { q.accelerator.link_bytes_per_s *= more, q.accelerator.network_bytes_per_s *= more; });
  add("latency limits", [](CurveQuery& q) {
    for (std::vector<SloLimit>* limits : {&q.slo.ttft, &q.slo.tpot, &q.slo.e2e})
      for (SloLimit& limit : *limits) limit.limit_s *= more;
  });
  return out;
}

std::vector<CurvePoint> capacity_curve(const CurveQuery& query, int tensor_parallel, std::span<const double> loads_per_s) {
  std::vector<CurvePoint> points;
  const Replica replica = make_replica(query, tensor_parallel);
  if (!replica.problem.empty()) return points;
  for (const double load : loads_per_s) {
    Operating state = operate(replica, load);
    CurvePoint p;
    p.load_per_s = std::isfinite(load) ? std::max(load, 0.0) : 0.0;
    p.ttft_mean_s = state.ttft.mean(), p.tpot_mean_s = state.tpot.mean(), p.e2e_mean_s = state.e2e.mean();
    p.ttft_p50_s = state.ttft.quantile(0.5), p.ttft_p95_s = state.ttft.quantile(0.95), p.ttft_p99_s = state.ttft.quantile(0.99);
    p.tpot_p50_s = state.tpot.quantile(0.5), p.tpot_p95_s = state.tpot.quantile(0.95), p.tpot_p99_s = state.tpot.quantile(0.99);
    p.e2e_p50_s = state.e2e.quantile(0.5), p.e2e_p95_s = state.e2e.quantile(0.95), p.e2e_p99_s = state.e2e.quantile(0.99);
    p.batch = state.batch;
    p.utilisation = state.highest_per_s > 0 ? p.load_per_s / state.highest_per_s : 0;
    p.power_w = replica_power_w(query.node, query.accelerator, replica.placement.layout.tensor, state.busy);
    p.saturated = state.saturated;
    points.push_back(p);
  }
  return points;
}

}  // namespace tonnage::capacity
