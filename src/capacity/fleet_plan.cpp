#include "tonnage/capacity/fleet_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "latency.hpp"
#include "power.hpp"

namespace tonnage::capacity {
namespace {

/// Share of the roofline that a step of n requests uses, prompts at the pace at which requests turn over.
std::vector<double> busy_shares(const Replica& r) {
  std::vector<double> shares{0};
  const double context = r.input + 0.5 * r.output, fresh = std::max(r.input - r.cached, 1.0), steps = std::max(r.output, 1.0);
  for (int n = 1; n <= r.limit; ++n)
    shares.push_back(r.tokens ? step_time(r.placement, n, context, n * fresh / steps, r.input - 0.5 * fresh).busy()
                              : batch_time(r.placement, n, r.input + r.output).busy());
  return shares;
}

/// The fleet of a query with prepared replicas, at given numbers of them.
class FleetModel {
 public:
  explicit FleetModel(const FleetPlanQuery& query) : query_(query) {
    double longest = 1;
    for (const Request& r : query.load.requests) longest = std::max<double>(longest, r.input_tokens + r.output_tokens);
    for (const PoolQuery& pool : query.pools) {
      const double own = pool.longest_tokens > 0 ? std::min<double>(longest, pool.longest_tokens) : longest;
      replicas_.push_back(simulated_replica(pool.query, pool.tensor_parallel, own));
    }
  }

  /// Why nothing can be simulated; empty when it can.
  std::string problem() const {
    int serve = 0, prefill = 0, decode = 0;
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
      if (!replicas_[i].problem.empty()) return query_.pools[i].name + ": " + replicas_[i].problem;
      if (!replicas_[i].tokens && replicas_.size() > 1) return query_.pools[i].name + ": a model that answers in one pass is alone in its fleet";
      const PoolRole role = query_.pools[i].role;
      ++(role == PoolRole::serve ? serve : role == PoolRole::prefill ? prefill : decode);
    }
    if (replicas_.empty()) return "there are no pools";
    if ((prefill > 0) != (decode > 0)) return "a prefill pool needs a decode pool, and the other way round";
    return serve > 0 && prefill > 0 ? "a fleet either serves whole requests or is split into prefill and decode" : "";
  }

  FleetOutcome run(const std::vector<int>& counts) const {
    FleetOutcome out;
    if (!replicas_.front().tokens) one_pass(counts.front(), out);
    else out.result = simulate_fleet(fleet(counts));
    for (std::size_t i = 0; i < counts.size(); ++i) out.pools.push_back(pool(i, counts, out));
    for (const PoolOutcome& pool : out.pools) {
      out.accelerators += pool.accelerators;
      out.power_w += pool.power_w;
      out.usd_per_hour += pool.usd_per_hour;
      out.occupancy += pool.occupancy * pool.accelerators;
    }
    out.occupancy /= std::max(out.accelerators, 1);
    out.reason = missed_limit(out.result.all.summary, query_.slo);
    out.holds = out.reason.empty();
    return out;
  }

 private:
  ReplicaSpec spec(std::size_t i) const {
    const PoolQuery& pool = query_.pools[i];
    EngineSettings engine = replicas_[i].engine;
    engine.prefill = query_.engine.prefill;
    engine.max_waiting = query_.engine.max_waiting;
    return {&replicas_[i].times, engine, 1, pool.longest_tokens, pool.prefix_cache_tokens};
  }

  FleetQuery fleet(const std::vector<int>& counts) const {
    FleetQuery fleet;
    fleet.load = query_.load;
    fleet.routing = query_.routing;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const bool decode = query_.pools[i].role == PoolRole::decode;
      auto& list = decode ? fleet.decode_replicas : fleet.replicas;
      list.insert(list.end(), static_cast<std::size_t>(counts[i]), spec(i));
      if (decode) fleet.decode_routing = query_.routing == Routing::prefix ? Routing::least_requests : query_.routing;
      if (!decode) fleet.transfer = {replicas_[i].kv_bytes_per_token, query_.kv_link_bytes_per_s, query_.kv_latency_s};
    }
    return fleet;
  }

  void one_pass(int servers, FleetOutcome& out) const {
    const SimulatedReplica& replica = replicas_.front();
    BatchSettings settings;
    settings.max_batch = static_cast<int>(replica.batch_s.size());
    settings.servers = servers;
    settings.front_end_s = replica.engine.front_end_s, settings.output_delay_s = replica.engine.output_delay_s;
    out.result.all = simulate_batches(query_.load, replica.batch_s, settings);
    const SimulationSummary& s = out.result.all.summary;
    const double busy = s.utilisation > 0 ? s.batch / servers / s.utilisation : 0;
    out.result.replicas.assign(static_cast<std::size_t>(servers), {s.requests / servers, s.utilisation, s.batch / servers, 0, 0, busy, 0});
  }

  /// Index of a pool's first replica among those of the result: decode replicas come after the others.
  std::size_t first_replica(std::size_t pool, const std::vector<int>& counts) const {
    const bool decode = query_.pools[pool].role == PoolRole::decode;
    std::size_t first = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const bool other = query_.pools[i].role == PoolRole::decode;
      if ((other == decode && i < pool) || (decode && !other)) first += static_cast<std::size_t>(counts[i]);
    }
    return first;
  }

  PoolOutcome pool(std::size_t i, const std::vector<int>& counts, const FleetOutcome& out) const {
    const std::size_t first = first_replica(i, counts), last = first + static_cast<std::size_t>(counts[i]);
    PoolOutcome p;
    p.name = query_.pools[i].name;
    p.replicas = counts[i];
    p.accelerators = counts[i] * replicas_[i].accelerators;
    p.usd_per_hour = p.accelerators * query_.pools[i].usd_per_accelerator_hour;
    for (std::size_t r = first; r < last; ++r) {
      const ReplicaReport& report = out.result.replicas[r];
      p.requests += report.requests;
      p.utilisation += report.utilisation / counts[i];
      p.batch += report.batch / counts[i];
      p.occupancy += (replicas_[i].tokens ? std::max(report.batch / replicas_[i].engine.max_sequences, report.kv_use) : report.utilisation) / counts[i];
      p.power_w += replicas_[i].power_w(report.utilisation, report.busy_batch);
    }
    std::vector<double> ttft, tpot;
    const auto& requests = out.result.all.requests;
    const auto skip = static_cast<std::size_t>(std::clamp(query_.load.warm_up, 0.0, 0.99) * static_cast<double>(requests.size()));
    for (std::size_t k = skip; k < requests.size(); ++k) {
      const auto replica = static_cast<std::size_t>(requests[k].replica);
      if (!requests[k].finished || replica < first || replica >= last) continue;
      ttft.push_back(requests[k].ttft_s);
      if (query_.load.requests[k].output_tokens > 1) tpot.push_back(requests[k].tpot_s);
    }
    p.ttft_s = percentiles_of(ttft);
    p.tpot_s = percentiles_of(tpot);
    return p;
  }

  const FleetPlanQuery& query_;
  std::vector<SimulatedReplica> replicas_;
};

/// Fewest replicas of pool i, the other pools as in `counts`, for which the fleet holds; 0 when `most` do not.
int fewest(const FleetModel& model, std::vector<int> counts, std::size_t i, int most, FleetOutcome& last) {
  int low = 0, high = 1;
  for (;; high = std::min(2 * high, most)) {
    counts[i] = high;
    last = model.run(counts);
    if (last.holds) break;
    if (high >= most) return 0;
    low = high;
  }
  while (high - low > 1) {
    counts[i] = low + (high - low) / 2;
    (model.run(counts).holds ? high : low) = counts[i];
  }
  return high;
}

/// How far measured requests are from the SLO: the largest ratio of a value to its limit; a growing queue adds to it.
double excess(const SimulationSummary& s, const Slo& slo) {
  double worst = 0;
  const auto see = [&](const Percentiles& value, const std::vector<SloLimit>& limits) {
    for (const SloLimit& limit : limits) worst = std::max(worst, value_at(value, limit.percentile) / std::max(limit.limit_s, 1e-9));
  };
  see(s.ttft_s, slo.ttft), see(s.tpot_s, slo.tpot), see(s.e2e_s, slo.e2e);
  return worst + (s.saturated ? 1e6 + s.growth : 0) + (s.refused > 0 || !s.stopped.empty() ? 1e9 : 0);
}

/// Enough of every pool that is searched; false when no number is.
bool ample(const FleetModel& model, const FleetPlanQuery& query, std::vector<int>& counts, FleetOutcome& last) {
  double before = 0;
  for (int n = 4;; n = std::min(2 * n, query.most_replicas)) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = query.pools[i].replicas > 0 ? query.pools[i].replicas : n;
    last = model.run(counts);
    if (last.holds) return true;
    // Twice as many replicas brought next to nothing: requests are alone already.
    const double now = excess(last.result.all.summary, query.slo);
    if (n >= query.most_replicas || (n > 4 && !last.result.all.summary.saturated && now > 0.98 * before)) return false;
    before = now;
  }
}

/// More for the pool that brings the fleet closest to its SLO, until it holds; then less of each pool while it holds.
FleetOutcome settled(const FleetModel& model, const Slo& slo, const std::vector<std::size_t>& free, const std::vector<int>& enough, std::vector<int> counts) {
  FleetOutcome last = model.run(counts);
  while (!last.holds) {
    FleetOutcome best;
    std::size_t which = counts.size();
    for (const std::size_t i : free) {
      if (counts[i] >= enough[i]) continue;
      ++counts[i];
      FleetOutcome tried = model.run(counts);
      --counts[i];
      if (which < counts.size() && excess(tried.result.all.summary, slo) >= excess(best.result.all.summary, slo)) continue;
      best = std::move(tried);
      which = i;
    }
    if (which == counts.size()) return last;  // all are ample: cannot happen, since together they hold
    ++counts[which];
    last = std::move(best);
  }
  for (const std::size_t i : free)
    while (free.size() > 1 && counts[i] > 1) {
      --counts[i];
      FleetOutcome tried = model.run(counts);
      if (!tried.holds) {
        ++counts[i];
        break;
      }
      last = std::move(tried);
    }
  return last;
}

FleetOutcome searched(const FleetModel& model, const FleetPlanQuery& query) {
  std::vector<int> counts(query.pools.size(), 1);
  FleetOutcome last;
  if (!ample(model, query, counts, last)) {
    last.reason = fmt::format("no number of replicas holds the SLO: {}", last.reason);
    last.accelerators = 0, last.power_w = last.usd_per_hour = 0;
    for (PoolOutcome& pool : last.pools) pool.replicas = pool.accelerators = 0, pool.power_w = pool.usd_per_hour = 0;
    return last;
  }
  const std::vector<int> enough = counts;
  std::vector<std::size_t> free;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (query.pools[i].replicas <= 0) free.push_back(i);
  for (const std::size_t i : free) counts[i] = std::max(1, fewest(model, enough, i, enough[i], last));
  return settled(model, query.slo, free, enough, counts);
}

}  // namespace

double SimulatedReplica::power_w(double utilisation, double batch) const {
  if (busy.size() < 2) return idle_w;
  const double n = std::clamp(batch, 0.0, static_cast<double>(busy.size() - 1));
  const std::size_t low = std::min(static_cast<std::size_t>(n), busy.size() - 2);
  const double share = busy[low] + (n - static_cast<double>(low)) * (busy[low + 1] - busy[low]);
  return idle_w + (full_w - idle_w) * std::clamp(utilisation, 0.0, 1.0) * share;
}

SimulatedReplica simulated_replica(const CurveQuery& query, const Layout& layout, double longest_tokens) {
  SimulatedReplica out;
  if (query.model.kind == ModelKind::measured) {
    out.problem = "a measured model has no steps to simulate";
    return out;
  }
  const Replica r = make_replica(query, layout);
  out.problem = r.problem;
  out.tokens = r.tokens;
  out.accelerators = layout.accelerators();
  if (!r.problem.empty()) return out;
  out.idle_w = replica_power_w(query.node, query.accelerator, out.accelerators, 0);
  out.full_w = replica_power_w(query.node, query.accelerator, out.accelerators, 1);
  out.busy = busy_shares(r);
  out.batch_s = r.batch_s;
  out.engine = host_settings(query.engine);
  out.engine.max_sequences = std::clamp(query.max_sequences * layout.data, 1, 4096);
  out.engine.max_batched_tokens = query.engine.max_batched_tokens * layout.data * layout.pipeline;
  out.engine.output_delay_s += query.round_trip_s;
  out.engine.draft_tokens = query.speculation.tokens, out.engine.acceptance = query.speculation.acceptance;
  if (!r.tokens) return out;
  const double mean = std::max(r.input + 0.5 * r.output, 1.0);
  out.kv_bytes_per_token = r.placement.kv_bytes_per_sequence(mean) / mean;
  out.engine.kv_tokens = r.placement.kv_capacity_bytes() / out.kv_bytes_per_token;
  // A chunk of a prompt is on one of the ranks, and the others wait for it: until each has as many tokens more of them take no longer.
  const double chunk = std::min(std::max(r.input - r.cached, 1.0), static_cast<double>(query.engine.max_batched_tokens));
  const int ranks = layout.data * layout.pipeline;
  const StepRange range{out.engine.max_sequences, longest_tokens, static_cast<double>(out.engine.max_batched_tokens), ranks > 1 ? std::vector{chunk, ranks * chunk} : std::vector<double>{}};
  out.times = StepTimes(range, [cost = StepCost(r.placement), chunk](double n, double c, double p, double q) { return cost.at(n, c, p, q, std::min(p, chunk)).total_s; });
  return out;
}

Traffic traffic_of(const Shape& shape) {
  Traffic traffic;
  const auto lengths = [](double mean, double p95) {
    Lengths out;
    out.kind = p95 > mean ? LengthKind::lognormal : LengthKind::fixed;
    out.mean = mean, out.p95 = p95;
    return out;
  };
  traffic.input = lengths(shape.input_mean_tokens, shape.input_p95_tokens);
  traffic.output = lengths(shape.output_mean_tokens, shape.output_p95_tokens);
  traffic.cached_share = shape.prefix_hit;
  return traffic;
}

double value_at(const Percentiles& v, double p) {
  const std::pair<double, double> known[] = {{0.5, v.p50}, {0.9, v.p90}, {0.95, v.p95}, {0.99, v.p99}};
  for (const auto& [share, value] : known)
    if (std::abs(p - share) < 1e-9) return value;
  return v.mean;
}

std::string missed_limit(const SimulationSummary& s, const Slo& slo) {
  if (!s.stopped.empty()) return s.stopped;
  if (s.refused > 0) return fmt::format("{} {} longer than a replica takes", s.refused, s.refused == 1 ? "request is" : "requests are");
  if (s.saturated) return fmt::format("the queue grows: by {:.0f} requests in {:.4g} s", s.growth, s.duration_s);
  struct Part {
    const char* name;
    const Percentiles& value;
    const std::vector<SloLimit>& limits;
  };
  for (const Part& part : {Part{"TTFT", s.ttft_s, slo.ttft}, Part{"TPOT", s.tpot_s, slo.tpot}, Part{"end-to-end", s.e2e_s, slo.e2e}})
    for (const SloLimit& limit : part.limits) {
      const double value = value_at(part.value, limit.percentile);
      if (value <= limit.limit_s) continue;
      const std::string which = limit.percentile > 0 ? fmt::format("P{:.4g}", 100 * limit.percentile) : "mean";
      return fmt::format("{} {} of {:.4g} ms, the limit is {:.4g} ms", which, part.name, 1e3 * value, 1e3 * limit.limit_s);
    }
  return {};
}

FleetOutcome plan_fleet(const FleetPlanQuery& query) {
  FleetOutcome nothing;
  const FleetModel model(query);
  nothing.reason = model.problem();
  if (!nothing.reason.empty()) return nothing;
  std::vector<int> counts;
  for (const PoolQuery& pool : query.pools) counts.push_back(pool.replicas);
  if (std::find(counts.begin(), counts.end(), 0) != counts.end()) return searched(model, query);
  return model.run(counts);
}

}  // namespace tonnage::capacity
