#include "tonnage/capacity/curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "batch_queue.hpp"
#include "frontier.hpp"
#include "latency.hpp"
#include "measured.hpp"
#include "power.hpp"
#include "search_ways.hpp"
#include "slo_load.hpp"
#include "useful_work.hpp"

namespace tonnage::capacity {
namespace {

std::string shortfall(const Replica& r, const Miss& miss) {
  std::string text = fmt::format("even an idle replica of {} has {} of {:.4g} ms, the limit is {:.4g} ms", r.placement.layout.accelerators(),
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
  const Layout& layout = r.placement.layout;
  d.tensor_parallel = layout.tensor, d.pipeline_parallel = layout.pipeline, d.data_parallel = layout.data, d.expert_parallel = layout.expert;
  d.accelerators = layout.accelerators();
  if (r.tokens) d.kv_precision = to_string(r.placement.kv_precision);
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
  if (layout.pipeline > 1) d.note += fmt::format("; {} stages of {}", layout.pipeline, layout.tensor);
  if (layout.data > 1) d.note += fmt::format("; {} data ranks of {}, experts spread over all", layout.data, layout.tensor);
  return d;
}

}  // namespace

Layout layout_of(const Deployment& d) { return {d.tensor_parallel, d.pipeline_parallel, d.expert_parallel, d.data_parallel}; }

bool has_output_tokens(const CurveQuery& query) { return query.model.kind == ModelKind::decoder && query.shape.output_mean_tokens > 0; }

namespace {

/// Adds what a layout carries, or why it carries nothing.
void add_layout(const CurveQuery& query, const Layout& layout, CurveResult& result) {
  const Replica replica = make_replica(query, layout);
  if (!replica.problem.empty()) {
    result.reason = replica.problem;
    return;
  }
  const Highest highest = highest_load(replica, query.slo);
  if (highest.load > 0) result.deployments.push_back(describe(query, replica, highest));
  else result.reason = shortfall(replica, highest.bound);
}

double best_per_accelerator(const CurveResult& result) {
  double best = 0;
  for (const Deployment& d : result.deployments) best = std::max(best, d.load_per_s / d.accelerators);
  return best;
}

/// Pipelines and data ranks with experts spread over them, where no tensor parallelism within the node carries load, or where they may
/// carry a tenth more per accelerator within it. Of those over several nodes the fewest that do.
void add_spread(const CurveQuery& query, CurveResult& result) {
  std::vector<Layout> layouts = layouts_of(query.model, query.accelerator, query.node.accelerators);
  by_accelerators(layouts);
  const bool none = result.deployments.empty();
  const std::string reason = result.reason;
  int enough = std::numeric_limits<int>::max();
  for (const Layout& layout : layouts) {
    const int accelerators = layout.accelerators();
    if ((layout.pipeline == 1 && layout.data == 1) || accelerators > enough || (!none && accelerators > query.node.accelerators)) continue;
    const LoadBound bound(query, layout);
    const double most = bound.fits() ? bound.at(query.engine.max_batched_tokens, query.max_sequences).load_per_s / accelerators : 0;
    if (most < 1.1 * best_per_accelerator(result) || most == 0) continue;
    add_layout(query, layout, result);
    if (none && !result.deployments.empty() && accelerators > query.node.accelerators) enough = accelerators;
  }
  if (none && result.deployments.empty()) result.reason = reason;
}

}  // namespace

CurveResult deployments(const CurveQuery& query) {
  if (query.model.kind == ModelKind::measured) {
    CurveResult result = measured_deployments(query);
    result.deployments = undominated(result.deployments, [](const Deployment& a, const Deployment& b) { return dominates(a, b); });
    return result;
  }
  CurveResult result;
  for (const int parallel : {1, 2, 4, 8, 16})
    if (const Layout layout{parallel, 1, 1, 1}; parallel <= query.node.accelerators && (has_output_tokens(query) || may_be_split(query, layout))) add_layout(query, layout, result);
  if (has_output_tokens(query)) add_spread(query, result);
  std::stable_sort(result.deployments.begin(), result.deployments.end(), [](const Deployment& a, const Deployment& b) {
    return a.accelerators != b.accelerators ? a.accelerators < b.accelerators : a.load_per_s < b.load_per_s;
  });
  result.deployments = undominated(result.deployments, [](const Deployment& a, const Deployment& b) { return dominates(a, b); });
  if (!result.deployments.empty()) result.reason.clear();
  else if (result.reason.empty()) result.reason = "the node has no accelerator";
  return result;
}

void set_use(const CurveQuery& query, Deployment& d) {
  if (query.model.kind == ModelKind::measured) return;
  const Replica r = make_replica(query, layout_of(d));
  if (!r.problem.empty()) return;
  const Operating state = operate(r, d.load_per_s);
  d.busy = state.busy;
  d.prompt_share = prompt_share(r, state.batch);
  d.flops_share = d.load_per_s * flops_of_request(r) / (d.accelerators * peak_flops(query.accelerator, r.placement.precision));
  d.bytes_share = d.load_per_s * bytes_of_request(r, state.batch) / (d.accelerators * query.accelerator.bandwidth_bytes_per_s);
}

double highest_load_per_s(const CurveQuery& query, const Layout& layout) {
  const Replica replica = make_replica(query, layout);
  return replica.problem.empty() ? highest_load(replica, query.slo).load : 0.0;
}

static constexpr double more = 1.1;  ///< of a resource, for its elasticity

std::vector<Elasticity> elasticities(const CurveQuery& query, const Layout& layout) {
  const auto load_of = [&](const CurveQuery& q) { return highest_load_per_s(q, layout); };
  const double before = load_of(query);
  std::vector<Elasticity> out;
  if (!(before > 0)) return out;
  const auto add = [&](const char* resource, const auto& change, double by = more) {
    CurveQuery changed = query;
    change(changed);
    // The search stops within 1e-5 of the throughput: what is left of that is no effect.
    const double value = std::log(load_of(changed) / before) / std::log(by);
    out.push_back({resource, std::abs(value) < 2e-3 ? 0 : value});
  };
  add("memory bandwidth", [](CurveQuery& q) { q.accelerator.bandwidth_bytes_per_s *= more; });
  add("compute", [](CurveQuery& q) {
    for (double Accelerator::*peak : {&Accelerator::bf16_flops, &Accelerator::fp8_flops, &Accelerator::int8_ops, &Accelerator::fp4_flops}) q.accelerator.*peak *= more;
  });
  add("memory", [](CurveQuery& q) { q.accelerator.memory_bytes *= more; });
  add("links", [](CurveQuery& q) { q.accelerator.link_bytes_per_s *= more, q.accelerator.network_bytes_per_s *= more; });
  if (!has_output_tokens(query)) {
    const int batch = asked_batch(query), larger = static_cast<int>(std::ceil(more * batch));
    add("batch limit", [&](CurveQuery& q) { q.max_batch = larger; }, static_cast<double>(larger) / batch);
  }
  add("latency limits", [](CurveQuery& q) {
    for (std::vector<SloLimit>* limits : {&q.slo.ttft, &q.slo.tpot, &q.slo.e2e})
      for (SloLimit& limit : *limits) limit.limit_s *= more;
  });
  return out;
}

namespace {

CurvePoint point_at(const CurveQuery& query, const Replica& replica, double load) {
  Operating state = operate(replica, load);
  CurvePoint p;
  p.load_per_s = std::isfinite(load) ? std::max(load, 0.0) : 0.0;
  p.ttft_mean_s = state.ttft.mean(), p.tpot_mean_s = state.tpot.mean(), p.e2e_mean_s = state.e2e.mean();
  p.ttft_p50_s = state.ttft.quantile(0.5), p.ttft_p95_s = state.ttft.quantile(0.95), p.ttft_p99_s = state.ttft.quantile(0.99);
  p.tpot_p50_s = state.tpot.quantile(0.5), p.tpot_p95_s = state.tpot.quantile(0.95), p.tpot_p99_s = state.tpot.quantile(0.99);
  p.e2e_p50_s = state.e2e.quantile(0.5), p.e2e_p95_s = state.e2e.quantile(0.95), p.e2e_p99_s = state.e2e.quantile(0.99);
  p.batch = state.batch;
  p.utilisation = state.highest_per_s > 0 ? p.load_per_s / state.highest_per_s : 0;
  p.power_w = replica_power_w(query.node, query.accelerator, replica.placement.layout.accelerators(), state.busy);
  p.saturated = state.saturated;
  return p;
}

constexpr double CurvePoint::*figures[] = {
    &CurvePoint::ttft_mean_s, &CurvePoint::ttft_p50_s, &CurvePoint::ttft_p95_s, &CurvePoint::ttft_p99_s, &CurvePoint::tpot_mean_s,
    &CurvePoint::tpot_p50_s,  &CurvePoint::tpot_p95_s, &CurvePoint::tpot_p99_s, &CurvePoint::e2e_mean_s, &CurvePoint::e2e_p50_s,
    &CurvePoint::e2e_p95_s,   &CurvePoint::e2e_p99_s,  &CurvePoint::batch,      &CurvePoint::power_w,    &CurvePoint::utilisation};

constexpr std::size_t apart = 32;   ///< loads between two that are evaluated in any case
constexpr double near_by = 0.01;    ///< of the highest load: what a figure does within it is less than its own error
constexpr double straight = 8e-3;   ///< of a figure: where the middle is no further off, points in between lie on lines

CurvePoint between(const CurvePoint& a, const CurvePoint& b, double load) {
  CurvePoint p = a;
  const double part = (load - a.load_per_s) / (b.load_per_s - a.load_per_s);
  p.load_per_s = load;
  for (double CurvePoint::*figure : figures) p.*figure = a.*figure + part * (b.*figure - a.*figure);
  return p;
}

/// Points of a dense curve: those between `first` and `last`, which are there.
class DenseCurve {
 public:
  DenseCurve(const CurveQuery& query, const Replica& replica, std::span<const double> loads, std::vector<CurvePoint>& points)
      : query_(query), replica_(replica), loads_(loads), points_(points) {}

  void evaluate(std::size_t i) { points_[i] = point_at(query_, replica_, loads_[i]); }

  void fill(std::size_t first, std::size_t last) {
    if (last - first < 2) return;
    if (loads_[last] - loads_[first] <= near_by * loads_.back() && !points_[last].saturated) return lay(first, last);
    const std::size_t middle = (first + last) / 2;
    evaluate(middle);
    if (on_line(points_[first], points_[middle], points_[last])) {
      lay(first, middle), lay(middle, last);
    } else {
      fill(first, middle), fill(middle, last);
    }
  }

 private:
  static bool on_line(const CurvePoint& a, const CurvePoint& middle, const CurvePoint& b) {
    if (a.saturated || b.saturated) return false;
    const CurvePoint line = between(a, b, middle.load_per_s);
    return std::all_of(std::begin(figures), std::end(figures), [&](double CurvePoint::*figure) {
      return std::abs(line.*figure - middle.*figure) <= straight * std::abs(middle.*figure);
    });
  }
  void lay(std::size_t first, std::size_t last) {
    for (std::size_t i = first + 1; i < last; ++i) points_[i] = between(points_[first], points_[last], loads_[i]);
  }

  const CurveQuery& query_;
  const Replica& replica_;
  std::span<const double> loads_;
  std::vector<CurvePoint>& points_;
};

}  // namespace

std::vector<CurvePoint> capacity_curve(const CurveQuery& query, const Layout& layout, std::span<const double> loads_per_s) {
  const Replica replica = make_replica(query, layout);
  if (!replica.problem.empty() || loads_per_s.empty()) return {};
  std::vector<CurvePoint> points(loads_per_s.size());
  DenseCurve curve(query, replica, loads_per_s, points);
  const bool rises = loads_per_s.front() >= 0 && std::isfinite(loads_per_s.back()) &&
                     std::adjacent_find(loads_per_s.begin(), loads_per_s.end(), [](double a, double b) { return !(a < b); }) == loads_per_s.end();
  const std::size_t step = rises ? apart : 1;
  curve.evaluate(0);
  for (std::size_t last = 0; last + 1 < points.size();) {
    const std::size_t next = std::min(last + step, points.size() - 1);
    curve.evaluate(next);
    curve.fill(last, next);
    last = next;
  }
  return points;
}

}  // namespace tonnage::capacity
