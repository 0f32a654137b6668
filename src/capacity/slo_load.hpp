// The highest load under an SLO, and what stands in the way of more. Private to the module.
#pragma once

#include <optional>
#include <string>

#include "latency.hpp"

namespace tonnage::capacity {

/// The first limit that a replica misses at a load; an empty name when it meets them all.
/// `excess` is the largest 1 - limit / figure of all limits looked at: above 0 where one is missed, 1 where the load is not carried.
struct Miss {
  std::string name;
  std::string metric;  ///< "ttft", "tpot", "e2e", "kv memory", "compute"; of batches: batch_bound()
  double value_s = 0, limit_s = 0;
  double excess = -1;
};

/// A load, and how far beyond a limit it is, where that is known.
struct Look {
  double load = 0;
  std::optional<double> excess;
  bool looked = false;  ///< at this load: else an end that is thought of
};
Look look_at(double load, const Miss& miss);

struct Highest {
  double load = 0;
  Miss bound;     ///< what is missed just above
  Look low, high; ///< a load that holds, the same; and the least that is known to miss, else the largest throughput
};

/// Of the largest throughput: enough to rank deployments, and for those that are shown.
inline constexpr double rank_close = 6e-3, search_close = 1e-3;

/// What is known of a highest load: one that holds, one that is not surpassed, and where it may well be; 0: nothing.
struct Known {
  Look least, most;
  double guess = 0;
};

/// Highest load that meets the SLO, by interpolation of the excess within a bracket to `close` of the largest throughput, or of what is not surpassed; 0 when an idle replica misses it.
Highest highest_load(const Replica& replica, const Slo& slo, double close = 1e-5, const Known& known = {});

/// A load that leaves a replica all but idle.
double least_load(const Replica& replica);

/// What a load misses, if anything.
Miss miss_at(const Replica& replica, const Slo& slo, double load);

/// Whether a load meets the SLO.
inline bool holds(const Replica& replica, const Slo& slo, double load) { return miss_at(replica, slo, load).name.empty(); }

}  // namespace tonnage::capacity
