// Latency of a replica at a load: distributions of TTFT, TPOT and end-to-end. Private to the module.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dispersion.hpp"
#include "tonnage/capacity/curve.hpp"
#include "tonnage/capacity/queueing.hpp"

namespace tonnage::capacity {

/// Steps with a number of sequences, by the prompts that fall into one: they do not depend on the load.
struct StepsAt {
  int sequences = 0;
  double budget = 0;             ///< most prompt tokens of a step
  double chunk = 0, chunks = 0;  ///< mean tokens of a chunk of a prompt, mean chunks of a prompt
  double stretch = 0;            ///< mean chunks of the prompt that a chunk is of
  double uneven = 0;             ///< seconds that a chunk costs beyond one of the mean length
  std::vector<double> seconds;   ///< of a step with 0, 1, 2, ... chunks, up to the budget
};

/// A replica with its requests, ready to be evaluated; `problem` says why not.
struct Replica {
  Placement placement;
  std::optional<StepCost> cost;  ///< of the placement; there unless `problem` says why not
  bool tokens = true;          ///< decodes token by token; else answers in one pass
  double input = 0, cached = 0, output = 0;
  std::vector<Stratum> inputs, outputs;  ///< coarse, for what steps take
  std::vector<Stratum> input_lengths, output_lengths;  ///< fine, for percentiles
  double round_trip_s = 0;
  Dispersion arrivals{1};      ///< around the load of a minute
  double rate_sigma = 0;       ///< of the load's minutes, log-normal around its mean
  double overlap = 1;          ///< of the lives of requests: mean of the shorter of two over the mean
  double per_step = 1, per_step_variance = 0;  ///< tokens that a sequence gets in a step
  int limit = 0;               ///< most requests in service
  double kv_limit = 0;         ///< by KV memory alone; 0: no KV cache
  std::vector<StepsAt> steps;  ///< decoders: by sequences, from none to the limit
  std::vector<Stratum> idle_prompts;  ///< decoders: seconds of a prompt alone
  std::vector<double> batch_s;  ///< one-pass models: time of a batch of 1, 2, ... limit
  const char* full_batch_bound = "";  ///< what keeps full batches from more
  std::string problem;
};

/// The model of a query on the accelerators of a layout.
Placement placement_of(const CurveQuery& query, const Layout& layout);

Replica make_replica(const CurveQuery& query, const Layout& layout);

/// State of a replica at a load.
struct Operating {
  WeightedPoints ttft, tpot, e2e;
  double batch = 0;            ///< mean requests in service
  double highest_per_s = 0;    ///< throughput with everything in service
  double busy = 0;             ///< share of time and of the roofline in use, 0 to 1: for power
  bool saturated = false;
};

/// Which distributions are asked for; where `tpot_limits` are missed the others are not worked out.
struct Wanted {
  bool ttft = true, tpot = true, e2e = true;
  std::span<const SloLimit> tpot_limits = {};
};

/// What a limit is on: its percentile, or the mean.
double figure(WeightedPoints& points, const SloLimit& limit);

/// Whether a distribution keeps a limit; one without points does.
bool meets(WeightedPoints& points, const SloLimit& limit);

Operating operate(const Replica& replica, double load_per_s, const Wanted& wanted = {});

/// Throughput with everything in service and no prompts, or with steps full of prompts and nothing else: no load is above either.
double highest_throughput(const Replica& replica);

/// Highest share of the throughput that a load may take: beyond, queues are as long as the model's queue.
inline constexpr double highest_utilisation = 0.95;

/// Whether a load is beyond that share; of a load that swings, whether its 99th percentile of minutes is.
bool is_overloaded(const Replica& replica, double load_per_s);

}  // namespace tonnage::capacity
