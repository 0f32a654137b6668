#include "tonnage/capacity/search.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "batch_queue.hpp"
#include "frontier.hpp"
#include "power.hpp"
#include "search_parts.hpp"
#include "search_ways.hpp"
#include "slo_load.hpp"
#include "tonnage/capacity/efficiency.hpp"
#include "tonnage/core/parallel.hpp"

namespace tonnage::capacity {
namespace {

constexpr double seconds_per_h = 3600;
constexpr double near_best = 0.9;      ///< of the best load: other limits on chunk and batch may help
constexpr double worth_it = 1.01;      ///< of the load that beats a way: what is better by less is left out
constexpr double less_power = 1.25;    ///< over the least power that a way could draw: what might save less is left out
constexpr double bound_slack = 1.1;    ///< bounds are of means; an SLO's percentile may lie a little off

std::vector<Precision> precisions(const SearchQuery& q, const Accelerator& accelerator) {
  const Precision own = q.base.model.native_precision;
  if (q.base.precision) return {*q.base.precision};
  if (own == Precision::bf16 && accelerator.fp8_flops > 0) return {own, Precision::fp8};
  return {own};
}

/// Precisions of the KV cache: the asked one; fp8 too where the precision is free and the chip has units for it.
std::vector<Precision> kv_precisions(const SearchQuery& q, const Accelerator& accelerator) {
  std::vector<Precision> out{q.base.kv_precision};
  const bool free = has_output_tokens(q.base) && q.base.kv_precision == Precision::bf16 && !q.base.precision;
  if (free && accelerator.fp8_flops > 0) out.push_back(Precision::fp8);
  return out;
}

/// A way with what it cannot surpass.
struct Way {
  const CurveQuery* query = nullptr;
  const Layout* layout_of = nullptr;
  Layout layout;
  int chunk = 0, batch = 0;
  bool largest = true;                ///< of the limits on the batch
  Corner corner;
  double idle_w = 0, corner_w = 0;    ///< power without load, and at the corner
};

double per_million(double usd_per_h, double units_per_s) { return usd_per_h / seconds_per_h / units_per_s * 1e6; }

bool beats(const DeploymentChoice& a, const DeploymentChoice& b) {
  const bool cheaper = !a.usd_per_million || !b.usd_per_million || *a.usd_per_million <= *b.usd_per_million;
  return a.accelerators <= b.accelerators && a.load_per_accelerator_s >= b.load_per_accelerator_s &&
         a.power_w * b.load_per_s <= b.power_w * a.load_per_s && cheaper;
}

/// A power of two above `low` and below `high`, about half way between their powers; 0: there is none.
int power_of_two_between(int low, int high) {
  std::vector<int> powers;
  for (int power = 1; power < high; power *= 2)
    if (power > low) powers.push_back(power);
  return powers.empty() ? 0 : powers[powers.size() / 2];
}

/// What one node offers, searched in turn: what was found cuts off what is to come.
class NodeSearch {
 public:
  NodeSearch(const SearchQuery& q, const SearchNode& node) : q_(q), node_(node), layouts_(layouts_of(q.base.model, node.accelerator, node.node.accelerators)) {
    by_accelerators(layouts_);
    tokens_ = has_output_tokens(q.base);
    for (const Precision precision : precisions(q, node.accelerator))
      for (const Precision kv : kv_precisions(q, node.accelerator)) queries_.push_back(query_of(precision, kv));
    for (CurveQuery& query : queries_) add_ways(query);
    std::stable_sort(ways_.begin(), ways_.end(), [](const Way& a, const Way& b) {
      const int x = a.layout.accelerators(), y = b.layout.accelerators();
      return x != y ? x < y : a.corner.load_per_s > b.corner.load_per_s;
    });
  }

  void run() {
    for (std::size_t first = 0; first < ways_.size();) {
      std::size_t last = first;
      while (last < ways_.size() && ways_[last].layout.accelerators() == ways_[first].layout.accelerators()) ++last;
      run_group(std::span(ways_).subspan(first, last - first));
      first = last;
    }
    if (choices.empty() && !ways_.empty()) reason = shortfall(ways_.back());
    if (!tokens_) return;
    if (unlimited()) polish();
    add_parts();
  }

  std::vector<DeploymentChoice> choices;
  std::string reason;
  int looked_at = 0;

 private:
  bool unlimited() const { return !q_.most_usd_per_million && !q_.power_budget_w; }

  CurveQuery query_of(Precision precision, Precision kv) const {
    CurveQuery query = q_.base;
    query.node = node_.node;
    query.accelerator = node_.accelerator;
    query.precision = precision, query.kv_precision = kv;
    query.engine = planned_engine(query, q_.calibration);
    return query;
  }

  /// Ways of as many accelerators: with the middle chunk (of pipelines the smallest, which fills their stages) and the largest batch first; then the
  /// other limits of those that are near the best, or of all where none carries load.
  void run_group(std::span<Way> group) {
    if (!unlimited() || !tokens_) {
      for (const Way& way : group) try_way(way, 0);
      return;
    }
    const int middle = q_.chunks[q_.chunks.size() / 2], smallest = *std::min_element(q_.chunks.begin(), q_.chunks.end());
    const auto is_first = [&](const Way& way) { return way.chunk == (way.layout.pipeline > 1 ? smallest : middle) && way.largest; };
    std::map<std::pair<const CurveQuery*, const Layout*>, double> loads;
    double best = 0;
    for (const Way& way : group)
      if (is_first(way)) best = std::max(best, loads[{way.query, way.layout_of}] = try_way(way, 0));
    for (const Way& way : group) {
      const auto found = loads.find({way.query, way.layout_of});
      const double like = found != loads.end() ? found->second : 0;
      if (!is_first(way) && (best == 0 || like > near_best * best)) try_way(way, like);
    }
  }

  double power(const Layout& layout, double busy) const { return replica_power_w(node_.node, node_.accelerator, layout.accelerators(), busy); }

  void add_ways(CurveQuery& query) {
    const std::vector<int> chunks = tokens_ ? q_.chunks : std::vector<int>{query.engine.max_batched_tokens};
    std::vector<int> batches = tokens_ ? q_.batch_limits : std::vector<int>{query.max_sequences};
    std::sort(batches.begin(), batches.end());
    for (const Layout& layout : layouts_) {
      if (!tokens_) {
        if (!may_be_split(query, layout)) continue;
        ways_.push_back({&query, &layout, layout, chunks.front(), batches.front(), true, {}, 0, 0});
        ++looked_at;
        continue;
      }
      const LoadBound bound(query, layout);
      looked_at += static_cast<int>(chunks.size() * batches.size());
      if (!bound.fits()) {
        if (reason.empty()) reason = make_replica(query, layout).problem;
        continue;
      }
      for (const int chunk : chunks)
        for (const int batch : batches) {
          const bool memory = bound.most() < static_cast<double>(batch) * layout.data;  // larger limits are the same deployment
          const Corner corner = bound.at(chunk, batch);
          ways_.push_back({&query, &layout, layout, chunk, batch, memory || batch == batches.back(), corner, power(layout, 0), power(layout, corner.busy)});
          if (memory) break;
        }
    }
  }

  /// Whether something found is as good as the way could be with a load: no more accelerators, no less load for each, and no more power
  /// for load. What a way draws beside its idle power falls with the load in proportion at best.
  bool beaten_at(const Way& way, double load) const {
    const int accelerators = way.layout.accelerators();
    const double power_w = way.idle_w + (way.corner_w - way.idle_w) * std::min(load / way.corner.load_per_s, 1.0);
    return std::any_of(choices.begin(), choices.end(), [&](const DeploymentChoice& c) {
      return c.accelerators <= accelerators && c.load_per_accelerator_s * accelerators >= load && c.power_w * load <= less_power * power_w * c.load_per_s;
    });
  }

  /// The highest load with which something found beats it; 0: none does.
  double beaten_up_to(const Way& way) const {
    double load = 0;
    for (const DeploymentChoice& c : choices) {
      const double as_much = c.load_per_accelerator_s * way.layout.accelerators();
      if (as_much > load && beaten_at(way, as_much)) load = as_much;
    }
    return load;
  }

  /// The load that it carries; where it is beaten: what it is known to carry of `near_best` of the load that beats it. `like`: the load of
  /// the same layout with other limits; 0: it is the first of them.
  double try_way(const Way& way, double like) {
    if (tokens_ && way.corner.load_per_s == 0) return 0;
    const double most = tokens_ ? bound_slack * way.corner.load_per_s : 0, beaten = unlimited() && tokens_ ? beaten_up_to(way) : 0;
    if (beaten >= most && beaten > 0) return 0;
    const CurveQuery query = limited(way);
    const Replica replica = make_replica(query, way.layout);
    if (!replica.problem.empty()) return 0;
    if (!tokens_) return try_batches(query, replica);
    Look least;
    if (beaten > 0 && like == 0 && !holds(replica, query.slo, near_best * beaten)) return 0;
    if (beaten > 0) {
      const Miss miss = miss_at(replica, query.slo, worth_it * beaten);
      if (!miss.name.empty()) return near_best * beaten;
      least = look_at(worth_it * beaten, miss);
    }
    const double guess = like > 0 ? like : reached_ * way.corner.load_per_s;
    const Highest highest = highest_load(replica, query.slo, unlimited() ? rank_close : search_close, {least, {most, {}, false}, guess});
    if (highest.load > 0) {
      choices.push_back(describe(query, replica, highest));
      found_.push_back(highest);
      if (way.corner.load_per_s > 0) reached_ = highest.load / way.corner.load_per_s;
    }
    return highest.load;
  }

  /// Of a model that answers in one pass: the least limit on the batch (a power of two) that carries what the largest does, but for a hundredth.
  double try_batches(CurveQuery query, const Replica& largest) {
    const Highest most = highest_load(largest, query.slo, search_close);
    if (!(most.load > 0)) return 0;
    const auto limited_to = [&](int batch) { return query.max_batch = batch, make_replica(query, largest.placement.layout); };
    int enough = largest.limit, too_few = 0;
    while (true) {
      const int between = power_of_two_between(too_few, enough);
      if (between == 0) break;
      (holds(limited_to(between), query.slo, most.load / worth_it) ? enough : too_few) = between;
    }
    if (enough == largest.limit) {
      choices.push_back(describe(query, largest, most));
      found_.push_back(most);
      return most.load;
    }
    const Replica replica = limited_to(enough);
    const Highest highest = highest_load(replica, query.slo, search_close);
    choices.push_back(describe(query, replica, highest));
    found_.push_back(highest);
    return highest.load;
  }

  /// Why a way carries nothing.
  static std::string shortfall(const Way& way) {
    const Replica replica = make_replica(limited(way), way.layout);
    return !replica.problem.empty() ? replica.problem : miss_at(replica, way.query->slo, least_load(replica)).name + " is missed even by an idle replica";
  }

  static CurveQuery limited(const Way& way) {
    CurveQuery query = *way.query;
    query.engine.max_batched_tokens = way.chunk, query.max_sequences = way.batch;
    return query;
  }

  DeploymentChoice describe(const CurveQuery& query, const Replica& replica, const Highest& highest) const {
    DeploymentChoice c;
    const Layout& layout = replica.placement.layout;
    c.node = node_.node.name, c.precision = replica.placement.precision, c.kv_precision = query.kv_precision, c.layout = layout;
    c.accelerators = layout.accelerators();
    c.chunk_tokens = query.engine.max_batched_tokens, c.batch_limit = replica.limit;
    Operating state = operate(replica, highest.load);
    c.ttft_p95_s = state.ttft.quantile(0.95), c.tpot_p95_s = state.tpot.quantile(0.95);
    const double tpot = state.tpot.quantile(0.5);
    c.user_tokens_per_s = tpot > 0 ? 1 / tpot : 0;
    c.power_w = power(layout, state.busy);
    c.limit = highest.bound.name == "throughput" ? highest.bound.metric : highest.bound.name;
    set_load(c, highest.load, replica.output);
    if (c.usd_per_million) add_ceiling(replica, c);
    return c;
  }

  void set_load(DeploymentChoice& c, double load, double output) const {
    c.load_per_s = load;
    c.load_per_accelerator_s = load / c.accelerators;
    c.output_tokens_per_s = load * output;
    c.output_tokens_per_j = c.power_w > 0 ? c.output_tokens_per_s / c.power_w : 0;
    if (q_.power_budget_w && c.power_w > 0) c.replicas = std::floor(*q_.power_budget_w / c.power_w);
    const double share = static_cast<double>(c.accelerators) / node_.node.accelerators;
    if (node_.usd_per_h) c.usd_per_million = per_million(*node_.usd_per_h * share, load * (tokens_ ? output : 1));
  }

  /// Serving fewer requests is faster and dearer: the least load whose cost is within the ceiling is the most interactive one.
  void add_ceiling(const Replica& replica, DeploymentChoice& choice) const {
    const double load = paying_load(choice);
    if (load == 0) return;
    Operating state = operate(replica, load);
    set_ceiling(choice, load, state.tpot.quantile(0.5));
  }

  /// 0: none pays.
  double paying_load(const DeploymentChoice& choice) const {
    if (!q_.most_usd_per_million || !choice.usd_per_million || *choice.usd_per_million > *q_.most_usd_per_million) return 0;
    return choice.load_per_s * *choice.usd_per_million / *q_.most_usd_per_million;
  }

  static void set_ceiling(DeploymentChoice& choice, double load, double tpot) {
    choice.ceiling_load_per_s = load;
    if (tpot > 0) choice.ceiling_user_tokens_per_s = 1 / tpot;
  }

  /// Loads of ways that are not beaten, more closely.
  void polish() {
    for (std::size_t i = 0; i < choices.size(); ++i) {
      DeploymentChoice& c = choices[i];
      const bool beaten = std::any_of(choices.begin(), choices.end(), [&](const DeploymentChoice& other) { return &other != &c && beats(other, c); });
      if (beaten) continue;
      const CurveQuery query = capacity::query_of(q_, c);
      const Replica replica = make_replica(query, c.layout);
      const Highest highest = highest_load(replica, query.slo, search_close, {found_[i].low, found_[i].high, 0});
      if (highest.load > 0) c = describe(query, replica, highest);
    }
  }

  /// Prefill apart from decode, short requests apart from long ones.
  void add_parts() {
    const PartLimits limits{*std::max_element(q_.chunks.begin(), q_.chunks.end()), *std::max_element(q_.batch_limits.begin(), q_.batch_limits.end())};
    const auto paying = [&](const Pair& pair) { return paying_load(choice_of(pair)); };
    for (const Pair& pair : pairs_of(queries_, layouts_, choices, limits, paying, looked_at)) choices.push_back(choice_of(pair));
  }

  DeploymentChoice choice_of(const Pair& pair) const {
    DeploymentChoice c = pair.first;
    c.accelerators = pair.accelerators, c.parts = pair.parts, c.limit = pair.limit;
    c.ttft_p95_s = pair.ttft_p95_s, c.tpot_p95_s = pair.tpot_p95_s, c.power_w = pair.power_w;
    c.user_tokens_per_s = pair.tpot_p50_s > 0 ? 1 / pair.tpot_p50_s : 0;
    set_load(c, pair.load_per_s, q_.base.shape.output_mean_tokens);
    if (pair.paying_load_per_s > 0) set_ceiling(c, pair.paying_load_per_s, pair.paying_tpot_p50_s);
    return c;
  }

  const SearchQuery& q_;
  const SearchNode& node_;
  std::vector<Layout> layouts_;       ///< not changed once ways point into it
  bool tokens_ = true;
  double reached_ = 0;                ///< by the last way that was worked out, of the load of its corner
  std::vector<Highest> found_;        ///< of the choices of one deployment
  std::vector<CurveQuery> queries_;   ///< by precision
  std::vector<Way> ways_;
};

}  // namespace

CurveQuery query_of(const SearchQuery& q, const DeploymentChoice& choice) {
  CurveQuery query = q.base;
  for (const SearchNode& node : q.nodes)
    if (node.node.name == choice.node) query.node = node.node, query.accelerator = node.accelerator;
  query.precision = choice.precision, query.kv_precision = choice.kv_precision;
  query.engine = planned_engine(query, q.calibration);
  query.engine.max_batched_tokens = choice.chunk_tokens;
  if (!has_output_tokens(query)) query.max_batch = choice.batch_limit;
  query.max_sequences = std::max(choice.batch_limit / choice.layout.data, 1);
  return query;
}

SearchResult search(const SearchQuery& q) {
  SearchResult result;
  std::vector<NodeSearch> nodes;
  nodes.reserve(q.nodes.size());
  for (const SearchNode& node : q.nodes) nodes.emplace_back(q, node);
  parallel_for(static_cast<int>(nodes.size()), q.threads, [&](int i) { nodes[static_cast<std::size_t>(i)].run(); });
  for (const NodeSearch& one : nodes) {
    result.looked_at += one.looked_at;
    result.choices.insert(result.choices.end(), one.choices.begin(), one.choices.end());
    if (one.choices.empty()) result.reason = one.reason;
  }
  result.frontier = undominated(result.choices, beats);
  std::stable_sort(result.frontier.begin(), result.frontier.end(),
                   [](const DeploymentChoice& a, const DeploymentChoice& b) { return a.load_per_accelerator_s > b.load_per_accelerator_s; });
  if (!result.frontier.empty()) result.reason.clear();
  return result;
}

}  // namespace tonnage::capacity
