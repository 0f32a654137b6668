// Capacities: what one replica carries under its SLO, for every workload and node type.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tonnage/documents/model.hpp"

namespace tonnage {

/// A deployment whose capacity does not depend on where the load comes from.
inline constexpr double any_round_trip_s = std::numeric_limits<double>::infinity();

/// One way of running a replica, and what it carries.
struct Deployment {
  std::string workload;
  std::string node;
  std::string precision;       ///< empty for measured and given capacities
  std::string kv_precision;    ///< of the KV cache; empty: that of its model's runs in 16 bits
  int tensor_parallel = 1;
  int pipeline_parallel = 1;
  int data_parallel = 1;       ///< copies of attention; experts are spread over them
  int expert_parallel = 1;
  int accelerators = 1;        ///< of one replica
  double round_trip_s = 0;     ///< of the load: the SLO is met for origins up to so far away
  double load_per_s = 0;       ///< capacity under the SLO, in the workload's unit (requests/s unless it says so)
  double power_w = 0;          ///< of a replica at that load, its share of the node included
  std::optional<double> busy;            ///< at that load: share of time and of the roofline in use
  std::optional<double> flops_share, bytes_share;  ///< at that load, of what the accelerators' data sheets promise: what requests need (MFU, MBU)
  std::optional<double> prompt_share;  ///< of the accelerator-seconds of a request, those on its prompt; nothing: not known
  double concurrency = 0;      ///< mean requests in flight at that load
  double max_concurrency = 0;  ///< by KV memory
  double ttft_p50_s = 0, ttft_p95_s = 0, ttft_p99_s = 0;
  double tpot_p50_s = 0, tpot_p95_s = 0, tpot_p99_s = 0;
  double e2e_p50_s = 0, e2e_p95_s = 0, e2e_p99_s = 0;
  std::string limit;           ///< what binds: "tpot", "ttft", "e2e", "kv memory", "compute", "batch", "memory", "memory bandwidth", "links", "measured", "given"
  std::string evidence;        ///< "analytic", "measured", "given", "hosted": paid per token, its nodes are millions of tokens an hour
  std::string measured_class;  ///< analytic: what was measured like it: "same setup measured", "same chip measured", "new chip"
  double capacity_p10 = 1;     ///< 80 % interval of the true capacity over `load_per_s`
  double capacity_p90 = 1;
  std::string note;            ///< reason in words
  std::string remark;          ///< what a reader of a plan should know: bunches, swings, drafts; often empty
};

inline bool is_hosted(const Deployment& deployment) { return deployment.evidence == "hosted"; }

/// A pair of workload and node type for which no deployment exists, and why.
struct NoDeployment {
  std::string workload;
  std::string node;
  std::string reason;
};

struct Capacities {
  std::vector<Deployment> deployments;  ///< by workload, then node, then accelerators
  std::vector<NoDeployment> none;
};

}  // namespace tonnage
