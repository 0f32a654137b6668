#include "measured.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "power.hpp"

namespace tonnage::capacity {
namespace {

/// Points of one group by load; latencies made non-decreasing, since noise must not let a higher load look faster.
std::vector<MeasuredPoint> ordered(std::vector<MeasuredPoint> points) {
  std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.requests_per_s < b.requests_per_s; });
  for (std::size_t i = 1; i < points.size(); ++i) {
    points[i].latency_p50_s = std::max(points[i].latency_p50_s, points[i - 1].latency_p50_s);
    points[i].latency_p99_s = std::max(points[i].latency_p99_s, points[i - 1].latency_p99_s);
  }
  return points;
}

/// Latency that a limit is held against: the median up to P50 (and for a mean), else P99, which is on the safe side.
double latency_of(const MeasuredPoint& point, double percentile) {
  return percentile <= 0.5 ? point.latency_p50_s : point.latency_p99_s;
}

/// A load between two that were measured: since latencies do not fall, it is not outside them.
struct Within {
  double load = 0, low = 0, high = 0;
};

/// Highest load within one limit, by linear interpolation between points; never beyond the last. Below the first point
/// the latency is taken as constant.
Within highest_within(const std::vector<MeasuredPoint>& points, const SloLimit& limit, double round_trip_s) {
  const double most = limit.limit_s - round_trip_s;
  if (latency_of(points.front(), limit.percentile) > most) return {};
  for (std::size_t i = 1; i < points.size(); ++i) {
    const double before = latency_of(points[i - 1], limit.percentile), after = latency_of(points[i], limit.percentile);
    if (after <= most) continue;
    const double share = after > before ? (most - before) / (after - before) : 0;
    const double low = points[i - 1].requests_per_s, high = points[i].requests_per_s;
    return {low + share * (high - low), low, high};
  }
  const double last = points.back().requests_per_s;
  return {last, last, last};
}

double interpolate(const std::vector<MeasuredPoint>& points, double load, double percentile) {
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (load > points[i].requests_per_s) continue;
    const double span = points[i].requests_per_s - points[i - 1].requests_per_s;
    const double share = span > 0 ? std::clamp((load - points[i - 1].requests_per_s) / span, 0.0, 1.0) : 0;
    const double before = latency_of(points[i - 1], percentile);
    return before + share * (latency_of(points[i], percentile) - before);
  }
  return latency_of(points.back(), percentile);
}

}  // namespace

CurveResult measured_deployments(const CurveQuery& query) {
  CurveResult result;
  std::map<int, std::vector<MeasuredPoint>> groups;
  for (const MeasuredPoint& point : query.measured)
    if (point.node == query.node.name && point.accelerators > 0 && point.accelerators <= query.node.accelerators &&
        std::isfinite(point.requests_per_s) && point.requests_per_s > 0 && std::isfinite(point.latency_p50_s + point.latency_p99_s))
      groups[point.accelerators].push_back(point);
  if (groups.empty()) result.reason = "no measured point for this node type";
  for (const auto& [accelerators, given] : groups) {
    const std::vector<MeasuredPoint> points = ordered(given);
    const double last = points.back().requests_per_s;
    Within found{last, last, last};
    for (const std::vector<SloLimit>* limits : {&query.slo.ttft, &query.slo.e2e})
      for (const SloLimit& limit : *limits) found = std::min(found, highest_within(points, limit, query.round_trip_s), [](const Within& a, const Within& b) { return a.load < b.load; });
    const double load = found.load;
    if (!(load > 0)) {
      result.reason = fmt::format("the lowest load measured, {:.4g} requests/s on {} accelerator{}, already has a P99 of {:.4g} ms",
                                  points.front().requests_per_s, accelerators, accelerators == 1 ? "" : "s", 1e3 * (points.front().latency_p99_s + query.round_trip_s));
      continue;
    }
    Deployment d;
    d.node = query.node.name;
    d.tensor_parallel = d.accelerators = accelerators;
    d.load_per_s = load * (1 - std::clamp(query.headroom, 0.0, 1.0));
    d.e2e_p50_s = interpolate(points, d.load_per_s, 0.5) + query.round_trip_s;
    d.e2e_p95_s = d.e2e_p99_s = interpolate(points, d.load_per_s, 0.99) + query.round_trip_s;
    d.concurrency = d.load_per_s * d.e2e_p50_s;
    d.power_w = replica_power_w(query.node, query.accelerator, accelerators, d.load_per_s / points.back().requests_per_s);
    d.limit = load < points.back().requests_per_s ? "e2e" : "measured";
    d.evidence = "measured";
    d.measured_class = "own load test";
    d.capacity_p10 = found.low / load, d.capacity_p90 = found.high / load;
    d.note = d.limit == "measured" ? "highest load measured; the SLO may allow more"
                                   : fmt::format("interpolated between {} points", points.size());
    result.deployments.push_back(std::move(d));
  }
  if (!result.deployments.empty()) result.reason.clear();
  return result;
}

}  // namespace tonnage::capacity
