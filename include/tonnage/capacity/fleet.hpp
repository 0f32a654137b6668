// Simulation of a fleet: replicas behind a router, disaggregated prefill and decode, and models that answer in one pass.
//
// In:   requests, replicas (each with its step times and engine settings), the router's rule.
// Out:  latency of every request, a summary, and what each replica did.
// How:  the engines of simulation.hpp; docs/methods-simulation.md, section 4. Deterministic, single-threaded.
#pragma once

#include <span>
#include <vector>

#include "tonnage/capacity/simulation.hpp"

namespace tonnage::capacity {

enum class Routing {
  round_robin,     ///< in turn, by weight (smooth weighted round robin)
  least_requests,  ///< fewest outstanding requests over weight
  least_tokens,    ///< fewest input and output tokens of outstanding requests over weight
  by_length,       ///< the pool with the smallest `longest_tokens` that holds the request, fewest requests within it
  prefix           ///< a replica that holds the request's prefix, unless it has far more requests than the least loaded
};

struct ReplicaSpec {
  const StepTimes* times = nullptr;   ///< outlives the simulation
  EngineSettings engine;
  double weight = 1;                  ///< relative speed, as the router knows it; above 0
  int longest_tokens = 0;             ///< input and output of a request that it takes; 0: any
  double prefix_cache_tokens = 0;     ///< tokens of shared prefixes it keeps, least recently used out first. A request with a
                                      ///< prefix group finds its `cached_tokens` only when the group is there. 0: always found
};

/// Moving a prompt's KV cache from a prefill to a decode replica. Each prefill replica sends one after another.
struct KvTransfer {
  double bytes_per_token = 0;
  double bandwidth_bytes_per_s = 0;   ///< of a prefill replica's link; 0: no time
  double latency_s = 0;
};

struct FleetQuery {
  SimulationQuery load;
  Routing routing = Routing::round_robin;
  std::vector<ReplicaSpec> replicas;        ///< at least one; with decode replicas, these run prompts only
  std::vector<ReplicaSpec> decode_replicas; ///< disaggregated when not empty
  Routing decode_routing = Routing::least_requests;
  KvTransfer transfer;
};

struct ReplicaReport {
  long long requests = 0;      ///< finished by it
  double utilisation = 0;      ///< share of the window in which a step was under way
  double batch = 0;            ///< mean running requests in the window
  double tokens_per_s = 0;     ///< output tokens in the window
  double kv_use = 0;           ///< mean share of KV blocks in use in the window; 0 without a limit
  double busy_batch = 0;       ///< mean running requests while a step is under way
  long long preemptions = 0;
};

struct FleetResult {
  SimulationResult all;
  std::vector<ReplicaReport> replicas;  ///< in order; decode replicas after the others
  double prefix_hits = 0;               ///< share of requests with a prefix group whose prefix was there
};

/// Front-end and output delays are those of the first replica. Disaggregated: TTFT ends with the first token of the decode
/// replica, which computes the prompt's last token anew; a preempted request computes its whole context there.
/// Saturated when the queue of any pool of replicas (same `longest_tokens`) grows.
FleetResult simulate_fleet(const FleetQuery& query);

/// Settings of a server that runs batches of requests to a model that answers in one pass.
struct BatchSettings {
  int max_batch = 64;
  double max_wait_s = 0;      ///< how long the first of a batch waits for it to fill up
  int servers = 1;            ///< replicas that share one queue
  double front_end_s = 0, front_end_cv = 0;
  double output_delay_s = 0, output_delay_cv = 0;
};

/// Batches first come, first served: a free server takes up to `max_batch` of those that wait. `batch_s[b - 1]` is the time
/// of a batch of b; needs as many as `max_batch`. TTFT and end-to-end are the same.
SimulationResult simulate_batches(const SimulationQuery& query, std::span<const double> batch_s, const BatchSettings& settings);

}  // namespace tonnage::capacity
