// Pools of deployments, simulated: what a fleet does at a load, and how many replicas it needs.
//
// In:   pools (a model on accelerators, how many replicas, which requests), requests, an SLO.
// Out:  latencies of all requests and by pool, power, cost, whether the SLO holds; the fewest replicas that hold it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tonnage/capacity/curve.hpp"
#include "tonnage/capacity/fleet.hpp"

namespace tonnage::capacity {

/// A deployment ready to be simulated: step times and settings as the analytic curve has them.
struct SimulatedReplica {
  bool tokens = true;                 ///< decodes token by token; else answers in one pass
  StepTimes times;
  std::vector<double> batch_s;        ///< one-pass models: time of a batch of 1, 2, ...
  EngineSettings engine;
  std::vector<double> busy;           ///< share of the roofline in use in a step with n requests, from n = 0
  double idle_w = 0, full_w = 0;      ///< power of a replica
  double kv_bytes_per_token = 0;
  int accelerators = 1;
  std::string problem;                ///< why it cannot be simulated; empty when it can

  /// Mean power when steps run for a share `utilisation` of the time with `batch` requests each.
  double power_w(double utilisation, double batch) const;
};

/// For requests of up to `longest_tokens` input and output tokens. The round trip of the query becomes output delay.
SimulatedReplica simulated_replica(const CurveQuery& query, const Layout& layout, double longest_tokens);

inline SimulatedReplica simulated_replica(const CurveQuery& query, int tensor_parallel, double longest_tokens) {
  return simulated_replica(query, Layout{tensor_parallel, 1, 1, 1}, longest_tokens);
}

/// Requests of a shape: log-normal lengths where a 95th percentile is given, else constant; `prefix_hit` of the input cached.
Traffic traffic_of(const Shape& shape);

enum class PoolRole { serve, prefill, decode };

struct PoolQuery {
  std::string name;
  CurveQuery query;                   ///< its SLO is not used
  int tensor_parallel = 1;
  PoolRole role = PoolRole::serve;
  int replicas = 0;                   ///< 0: the fewest with which the fleet holds the SLO
  int longest_tokens = 0;             ///< input and output of a request that it takes; 0: any
  double prefix_cache_tokens = 0;     ///< see ReplicaSpec
  double usd_per_accelerator_hour = 0;
};

struct FleetPlanQuery {
  std::vector<PoolQuery> pools;       ///< not empty; prefill pools need decode pools and the other way round
  Routing routing = Routing::least_requests;
  SimulationQuery load;
  Slo slo;
  EngineSettings engine;              ///< prefill and admission limit of all pools; the rest is each pool's own
  double kv_link_bytes_per_s = 0;     ///< disaggregated: link of a prefill replica; 0: no time
  double kv_latency_s = 0;
  int most_replicas = 4096;           ///< the search ends here
};

struct PoolOutcome {
  std::string name;
  int replicas = 0, accelerators = 0; ///< accelerators of all replicas
  long long requests = 0;             ///< finished by it
  Percentiles ttft_s, tpot_s;         ///< of the measured requests that it finished
  double utilisation = 0, batch = 0;  ///< means over its replicas
  double occupancy = 0;               ///< running requests over slots or KV memory in use, whichever is more; one-pass models: utilisation
  double power_w = 0, usd_per_hour = 0;
};

struct FleetOutcome {
  FleetResult result;
  std::vector<PoolOutcome> pools;     ///< as in the query
  int accelerators = 0;
  double power_w = 0, usd_per_hour = 0;
  double occupancy = 0;               ///< of its pools, by accelerators
  bool holds = false;                 ///< every limit of the SLO holds over all measured requests, nothing is refused or saturated
  std::string reason;                 ///< what does not hold, in words; or why nothing could be simulated
};

/// Percentile p of 0.5, 0.9, 0.95, 0.99, else the mean.
double value_at(const Percentiles& percentiles, double p);

/// The first limit that measured requests miss, in words; empty when all hold.
std::string missed_limit(const SimulationSummary& summary, const Slo& slo);

/// Simulates the fleet. Pools without a number of replicas get the fewest with which the SLO holds: each pool in turn, the
/// others ample (doubling, then bisection), then all together: more for the pool that brings the fleet closest to its SLO,
/// one by one, until it holds, then less of each while it holds. When no number does, the outcome has the latencies of
/// requests that are nearly alone, and no replicas. A heuristic: another split of as many may be cheaper.
/// A pool of a one-pass model is alone in its fleet.
FleetOutcome plan_fleet(const FleetPlanQuery& query);

}  // namespace tonnage::capacity
