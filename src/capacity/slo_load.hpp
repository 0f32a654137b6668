// The highest load under an SLO, and what stands in the way of more. Private to the module.
#pragma once

#include <string>

#include "latency.hpp"

namespace tonnage::capacity {

/// The first limit that a replica misses at a load; an empty name when it meets them all.
/// `excess` is the largest 1 - limit / figure of all limits looked at: above 0 where one is missed, 1 where the load is not carried.
struct Miss {
  std::string name;
  std::string metric;  ///< "ttft", "tpot", "e2e", "kv memory", "compute"
  double value_s = 0, limit_s = 0;
  double excess = -1;
};

struct Highest {
  double load = 0;
  Miss bound;  ///< what is missed just above
};

/// Of the largest throughput: enough to rank deployments, and for those that are shown.
inline constexpr double rank_close = 6e-3, search_close = 1e-3;

/// What is known of a highest load: one that holds, with what is in excess there, one that is not surpassed, and where it may well be;
/// 0: nothing.
struct Known {
  double least = 0, most = 0, excess = 0, guess = 0;
};

/// Highest load that meets the SLO, by interpolation of the excess within a bracket to `close` of the largest throughput, or of what is not surpassed; 0 when an idle replica misses it.
Highest highest_load(const Replica& replica, const Slo& slo, double close = 1e-5, const Known& known = {});

/// What a load misses, if anything.
Miss miss_at(const Replica& replica, const Slo& slo, double load);

/// Whether a load meets the SLO.
inline bool holds(const Replica& replica, const Slo& slo, double load) { return miss_at(replica, slo, load).name.empty(); }

}  // namespace tonnage::capacity
