#include "tonnage/capacity/search.hpp"

#include <algorithm>
#include <cmath>

#include "frontier.hpp"
#include "power.hpp"
#include "slo_load.hpp"
#include "tonnage/capacity/efficiency.hpp"
#include "tonnage/core/parallel.hpp"

namespace tonnage::capacity {
namespace {

constexpr double search_close = 1e-3;  ///< of the largest throughput: enough to rank
constexpr double seconds_per_h = 3600;

struct Way {
  const SearchNode* node = nullptr;
  Precision precision = Precision::bf16;
  EngineConstants engine;
  Layout layout;
  std::vector<int> batches;   ///< rising
};

std::vector<Precision> precisions(const SearchQuery& q, const Accelerator& accelerator) {
  const Precision own = q.base.model.native_precision;
  if (q.base.precision) return {*q.base.precision};
  if (own == Precision::bf16 && accelerator.fp8_flops > 0) return {own, Precision::fp8};
  return {own};
}

/// All layouts and limits of one precision on one node.
void add_ways(const SearchQuery& q, Way way, std::vector<Way>& ways) {
  const bool tokens = has_output_tokens(q.base);
  const std::vector<int> chunks = tokens ? q.chunks : std::vector<int>{q.base.engine.max_batched_tokens};
  std::vector<int> batches = tokens ? q.batch_limits : std::vector<int>{q.base.max_sequences};
  std::sort(batches.begin(), batches.end());
  for (int tensor = 1; tensor <= way.node->node.accelerators && tensor <= 16; tensor *= 2) {
    std::vector<int> spreads{1};
    if (q.base.model.experts > 0 && tensor > 1) spreads.push_back(tensor);
    for (const int expert : spreads)
      for (const int chunk : chunks) {
        way.layout = {tensor, 1, expert, 1}, way.engine.max_batched_tokens = chunk, way.batches = batches;
        ways.push_back(way);
      }
  }
}

std::vector<Way> ways_of(const SearchQuery& q) {
  std::vector<Way> ways;
  for (const SearchNode& node : q.nodes)
    for (const Precision precision : precisions(q, node.accelerator)) {
      const EngineConstants engine = planning_constants({planning_engine, planning_version, &node.accelerator, &q.base.model, precision}, q.calibration);
      add_ways(q, {&node, precision, engine, {}, {}}, ways);
    }
  return ways;
}

CurveQuery query_of(const SearchQuery& q, const Way& way, int batch) {
  CurveQuery query = q.base;
  query.node = way.node->node;
  query.accelerator = way.node->accelerator;
  query.precision = way.precision;
  query.engine = way.engine;
  query.max_sequences = batch;
  return query;
}

double per_million(double usd_per_h, double units_per_s) { return usd_per_h / seconds_per_h / units_per_s * 1e6; }

/// Serving fewer requests is faster and dearer: the least load whose cost is within the ceiling is the most interactive one.
void add_ceiling(const SearchQuery& q, const Replica& replica, DeploymentChoice& choice) {
  if (!q.most_usd_per_million) return;
  const double load = choice.load_per_s * *choice.usd_per_million / *q.most_usd_per_million;
  if (load > choice.load_per_s) return;
  Operating state = operate(replica, load);
  const double tpot = state.tpot.quantile(0.5);
  choice.ceiling_load_per_s = load;
  if (tpot > 0) choice.ceiling_user_tokens_per_s = 1 / tpot;
}

DeploymentChoice describe(const SearchQuery& q, const Way& way, const Replica& replica, const Highest& highest) {
  DeploymentChoice c;
  const double share = static_cast<double>(way.layout.accelerators()) / way.node->node.accelerators;
  c.node = way.node->node.name, c.precision = way.precision, c.layout = way.layout;
  c.chunk_tokens = way.engine.max_batched_tokens, c.batch_limit = replica.limit;
  c.load_per_s = highest.load;
  c.load_per_accelerator_s = highest.load / way.layout.accelerators();
  c.output_tokens_per_s = highest.load * replica.output;
  Operating state = operate(replica, highest.load);
  c.ttft_p95_s = state.ttft.quantile(0.95), c.tpot_p95_s = state.tpot.quantile(0.95);
  const double tpot = state.tpot.quantile(0.5);
  c.user_tokens_per_s = tpot > 0 ? 1 / tpot : 0;
  c.power_w = replica_power_w(way.node->node, way.node->accelerator, way.layout.accelerators(), state.busy);
  c.output_tokens_per_j = c.power_w > 0 ? c.output_tokens_per_s / c.power_w : 0;
  c.limit = highest.bound.name == "throughput" ? highest.bound.metric : highest.bound.name;
  if (q.power_budget_w && c.power_w > 0) c.replicas = std::floor(*q.power_budget_w / c.power_w);
  if (way.node->usd_per_h) {
    c.usd_per_million = per_million(*way.node->usd_per_h * share, highest.load * (replica.tokens ? replica.output : 1));
    add_ceiling(q, replica, c);
  }
  return c;
}

bool dominates(const DeploymentChoice& a, const DeploymentChoice& b) {
  const bool cheaper = !a.usd_per_million || !b.usd_per_million || *a.usd_per_million <= *b.usd_per_million;
  return a.layout.accelerators() <= b.layout.accelerators() && a.load_per_accelerator_s >= b.load_per_accelerator_s &&
         a.power_w * b.load_per_s <= b.power_w * a.load_per_s && cheaper;
}

struct Tried {
  std::vector<DeploymentChoice> choices;
  std::string reason;
};

/// With each limit on the batch, up to the first that memory keeps it from: larger ones are the same deployment.
Tried try_way(const SearchQuery& q, const Way& way) {
  Tried tried;
  for (const int batch : way.batches) {
    const CurveQuery query = query_of(q, way, batch);
    const Replica replica = make_replica(query, way.layout);
    tried.reason = replica.problem;
    if (!replica.problem.empty()) break;
    const Highest highest = highest_load(replica, query.slo, search_close);
    if (highest.load > 0) tried.choices.push_back(describe(q, way, replica, highest));
    else tried.reason = highest.bound.name + " is missed even by an idle replica";
    if (replica.limit < batch) break;
  }
  return tried;
}

}  // namespace

SearchResult search(const SearchQuery& q) {
  SearchResult result;
  const std::vector<Way> ways = ways_of(q);
  std::vector<Tried> tried(ways.size());
  parallel_for(static_cast<int>(ways.size()), q.threads, [&](int i) { tried[static_cast<std::size_t>(i)] = try_way(q, ways[static_cast<std::size_t>(i)]); });
  for (const Way& way : ways) result.looked_at += static_cast<int>(way.batches.size());
  for (const Tried& one : tried) {
    result.choices.insert(result.choices.end(), one.choices.begin(), one.choices.end());
    if (one.choices.empty()) result.reason = one.reason;
  }
  result.frontier = undominated(result.choices, dominates);
  std::stable_sort(result.frontier.begin(), result.frontier.end(),
                   [](const DeploymentChoice& a, const DeploymentChoice& b) { return a.load_per_accelerator_s > b.load_per_accelerator_s; });
  if (!result.frontier.empty()) result.reason.clear();
  return result;
}

}  // namespace tonnage::capacity
