// What one replica carries: deployments under an SLO, latency by load, predictions of single cases.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tonnage/capacity/roofline.hpp"
#include "tonnage/documents/capacities.hpp"

namespace tonnage::capacity {

struct CurveQuery {
  ModelArchitecture model;
  std::vector<MeasuredPoint> measured;  ///< for ModelKind::measured: the user's own load test
  Accelerator accelerator;
  NodeType node;
  std::optional<Precision> precision;   ///< absent: the model's native one
  Precision kv_precision = Precision::bf16;
  Shape shape;
  ArrivalProcess arrivals;              ///< as one replica sees them
  Speculation speculation;
  Slo slo;
  double round_trip_s = 0;              ///< counts in TTFT and end-to-end, not in TPOT
  double headroom = 0;                  ///< share of the load to keep free
  int max_sequences = 256;              ///< batch limit of the engine
  int max_batch = 0;                    ///< requests of one batch of a model that answers in one pass; 0: default_batch()
  EngineConstants engine;
};

/// Whether the model answers token by token; else in one pass.
bool has_output_tokens(const CurveQuery& query);

/// Most requests of a batch where none is asked for. Larger ones are never slower for a request than waiting is, so that this is what real
/// servers reach, not what a latency limit allows: docs/methods-capacity.md, section 4, has the sources.
int default_batch(ModelKind kind);
inline constexpr int most_of_a_batch = 1 << 20;

struct CurveResult {
  std::vector<Deployment> deployments;  ///< workload is empty; by accelerators; none dominated
  std::string reason;                   ///< why there is none: which limit, and what it would need
};

/// Every tensor parallelism of 1, 2, 4, 8, 16 that fits the node and the SLO, with the highest load that meets all limits; pipelines and
/// data ranks with experts spread over them where none of these carries load (over up to four nodes then), or where they may carry a
/// tenth more per accelerator within the node.
/// A deployment is dominated when another needs no more accelerators, no more of them per load and no more power per load.
CurveResult deployments(const CurveQuery& query);

/// How a deployment's accelerators are used at its load: busy, flops_share, bytes_share, prompt_share. Measured ones do not tell.
void set_use(const CurveQuery& query, Deployment& deployment);

/// Highest load that meets the SLO in a layout; 0: there is none.
double highest_load_per_s(const CurveQuery& query, const Layout& layout);

/// What a resource is worth to a deployment: percent more load under the SLO for a percent more of it.
struct Elasticity {
  const char* resource;      ///< "memory bandwidth", "compute", "memory", "links", "latency limits"; "batch limit" where there is one
  double value = 0;
};

/// By a tenth more of each resource, the deployment's layout kept. Empty when it carries nothing.
std::vector<Elasticity> elasticities(const CurveQuery& query, const Layout& layout);

struct CurvePoint {
  double load_per_s = 0;
  double ttft_mean_s = 0, ttft_p50_s = 0, ttft_p95_s = 0, ttft_p99_s = 0;
  double tpot_mean_s = 0, tpot_p50_s = 0, tpot_p95_s = 0, tpot_p99_s = 0;
  double e2e_mean_s = 0, e2e_p50_s = 0, e2e_p95_s = 0, e2e_p99_s = 0;
  double batch = 0;          ///< mean requests in service
  double utilisation = 0;    ///< load over the highest throughput
  double power_w = 0;
  bool saturated = false;    ///< the load exceeds what the replica can do; latencies are those of a full queue
};

/// Latency at each load, in the order given. Of many rising loads some are evaluated; points between lie on lines where those are
/// 1 % of the highest load apart, or the curve is within 0.8 % of one twice as long. Empty when the model does not fit or a figure is missing.
std::vector<CurvePoint> capacity_curve(const CurveQuery& query, const Layout& layout, std::span<const double> loads_per_s);

inline std::vector<CurvePoint> capacity_curve(const CurveQuery& query, int tensor_parallel, std::span<const double> loads_per_s) {
  return capacity_curve(query, Layout{tensor_parallel, 1, 1, 1}, loads_per_s);
}

/// How a deployment is spread.
Layout layout_of(const Deployment& deployment);

}  // namespace tonnage::capacity
