// Search over the ways to deploy a model on nodes: precision of weights and KV cache, tensor, pipeline, data and expert parallelism, chunk
// of prompts, batch limit; and over ways that take two deployments: prefill apart from decode, short requests apart from long ones.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/capacity/curve.hpp"

namespace tonnage::capacity {

/// A node that may serve the model, and what it costs; without a price nothing is said about money.
struct SearchNode {
  NodeType node;
  Accelerator accelerator;
  std::optional<double> usd_per_h;  ///< of the whole node
};

struct SearchQuery {
  CurveQuery base;                  ///< model, shape, SLO, round trip; precision when only one is wanted
  std::vector<SearchNode> nodes;
  std::vector<int> chunks{512, 2048, 8192};      ///< most tokens of a step
  std::vector<int> batch_limits{256, 1024};      ///< most sequences in service
  std::optional<double> most_usd_per_million;    ///< ceiling on the cost of a million output tokens, or requests (below)
  std::optional<double> power_budget_w;          ///< of the nodes, without cooling
  CalibrationTable calibration;                  ///< the user's own multipliers on the shipped constants
  int threads = 1;
};

/// One way to deploy the model, at the highest load that its SLO allows.
struct DeploymentChoice {
  std::string node;
  Precision precision = Precision::bf16;
  Precision kv_precision = Precision::bf16;
  Layout layout;                                 ///< of two deployments: of the first
  int accelerators = 1;                          ///< of a replica, or of the least number of replicas that go together
  std::string parts;                             ///< of two deployments: which they are and how many of each; empty: one
  int chunk_tokens = 0, batch_limit = 0;
  double load_per_s = 0;
  double load_per_accelerator_s = 0;
  double output_tokens_per_s = 0;                ///< of the replica
  double user_tokens_per_s = 0;                  ///< interactivity: 1 / median TPOT
  double ttft_p95_s = 0, tpot_p95_s = 0;
  double power_w = 0;
  double output_tokens_per_j = 0;
  std::string limit;                             ///< what stands in the way of more load
  std::optional<double> usd_per_million;         ///< output tokens; requests of a model that has none
  std::optional<double> replicas;                ///< whole ones within the power budget
  /// The most interactive load within the ceiling of cost: the least load that pays for the replica.
  std::optional<double> ceiling_load_per_s, ceiling_user_tokens_per_s;
};

struct SearchResult {
  std::vector<DeploymentChoice> choices;         ///< ways that carry load and were worked out in full
  std::vector<DeploymentChoice> frontier;        ///< of these, none dominated; most load per accelerator first
  int looked_at = 0;                             ///< ways that were bounded or tried
  std::string reason;                            ///< when the frontier is empty: why
};

/// The question that a choice of one deployment answers, for its elasticities.
CurveQuery query_of(const SearchQuery& query, const DeploymentChoice& choice);

/// Dominated is what another way matches or beats in all of: accelerators of a replica, load per accelerator, power per
/// load, cost per load (where prices are given). Precisions are the asked one, else the model's own and fp8 where the chip
/// has units for it, and so is that of the KV cache: what a lower precision does to answers is not judged.
///
/// Ways whose bound on load (steps with prompts at the mean of them, the mean time per token within the limits) is beaten, or that miss the SLO
/// at 1 % more than the load at which they would be beaten, are not worked out, nor those that could only save less than a fifth of the
/// power. With a ceiling or a budget no single deployment is left out.
///
/// Of two deployments `a` replicas of one and `b` of the other, up to eight of each, carry what the scarcer of them carries; more of both only
/// where that carries 1 % more for each accelerator. Prefill apart from decode: the KV cache of a prompt goes over the network of its prefill replica; TTFT is
/// that of prompts alone with that time, TPOT that of decode alone; end-to-end limits are held by the sum of both at the same percentile,
/// which is not below it (Zhong et al., "DistServe", OSDI 2024). Short requests apart from long ones: input lengths cut at their 50th, 80th and 95th percentile,
/// each part log-normal with the mean and 95th percentile of its own.
SearchResult search(const SearchQuery& query);

}  // namespace tonnage::capacity
