#include "search_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "power.hpp"
#include "search_ways.hpp"
#include "slo_load.hpp"

namespace tonnage::capacity {
namespace {

constexpr int most_of_a_part = 8;
constexpr double bound_slack = 1.1, worth_it = 1.01;
constexpr double near_whole = 0.95;  ///< of a prefill's load with the whole limit: what may be left with a part of it
constexpr double near_bound = 0.92;  ///< of its bound: where the load of a part with answers often is
constexpr std::size_t most_layouts = 3;
constexpr double cuts[] = {0.5, 0.8, 0.95};

/// A deployment of one part, worked out.
struct Part {
  CurveQuery query;
  Layout layout;
  double bound = 0;         ///< on its load, of the part's requests
  double share = 1;         ///< of all requests that come to it
  double load_per_s = 0;    ///< of all requests, for one replica; once worked out
  std::string limit;
  std::optional<Replica> replica;
  bool worked_out = false;
};

double quantile(const std::vector<Stratum>& strata, double p) {
  double below = 0, all = 0;
  for (const Stratum& s : strata) all += s.share;
  for (const Stratum& s : strata)
    if ((below += s.share) >= p * all) return s.value;
  return strata.back().value;
}

double mean(const std::vector<Stratum>& strata) {
  double sum = 0, all = 0;
  for (const Stratum& s : strata) sum += s.share * s.value, all += s.share;
  return sum / all;
}

/// Distinct layouts of choices, most load per accelerator first.
std::vector<const DeploymentChoice*> best_layouts(const std::vector<DeploymentChoice>& choices) {
  std::vector<const DeploymentChoice*> all, out;
  for (const DeploymentChoice& c : choices) all.push_back(&c);
  std::stable_sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->load_per_accelerator_s > b->load_per_accelerator_s; });
  for (const DeploymentChoice* c : all)
    if (out.size() < most_layouts && std::none_of(out.begin(), out.end(), [&](const auto* o) { return o->layout == c->layout; })) out.push_back(c);
  return out;
}

Part part_of(CurveQuery query, const Layout& layout, double share, int chunk, int batch) {
  query.engine.max_batched_tokens = chunk, query.max_sequences = batch;
  Part part{std::move(query), layout, 0, share, 0, {}, std::nullopt, false};
  const LoadBound bound(part.query, part.layout);
  if (bound.fits()) part.bound = bound.at(chunk, batch).load_per_s;
  return part;
}

/// A part with the layout and chunk of a choice; what limits the batch of all requests need not be what limits that of a part.
Part part_like(const CurveQuery& query, const DeploymentChoice& like, double share, int batch) {
  return part_of(query, like.layout, share, like.chunk_tokens, batch);
}

/// A part in the layouts that could carry most of as many accelerators, on up to a node. Bounds do not see that one rank or stage has a
/// prompt: those of `prompts` have no data ranks, and stages where nothing else carries them.
std::vector<Part> best_parts(const CurveQuery& query, std::span<const Layout> layouts, const PartLimits& limits, bool prompts) {
  std::map<int, Part> best;
  for (const Layout& layout : layouts) {
    if (layout.accelerators() > query.node.accelerators || (prompts && layout.data > 1)) continue;
    const auto plain = best.find(layout.accelerators());
    if (prompts && layout.pipeline > 1 && plain != best.end() && plain->second.bound > 0) continue;
    Part part = part_of(query, layout, 1, limits.chunk, limits.batch);
    const auto [known, first] = best.try_emplace(layout.accelerators(), part);
    if (!first && part.bound > known->second.bound) known->second = std::move(part);
  }
  std::vector<Part> parts;
  for (auto& [accelerators, part] : best) parts.push_back(std::move(part));
  return parts;
}

/// What a part could carry of all requests at most.
double most_of(const Part& part) { return part.worked_out ? part.load_per_s : part.bound / part.share; }

/// The same of two parts for each accelerator.
double most_of(const Part& a, const Part& b) {
  if (!(most_of(a) > 0) || !(most_of(b) > 0)) return 0;
  return 1 / (a.layout.accelerators() / most_of(a) + b.layout.accelerators() / most_of(b));
}

/// Whether two parts could carry more per accelerator than is known.
bool promising(const Part& a, const Part& b, double known) { return most_of(a, b) > known; }

/// The highest load of a part whose replica is there; false when it carries none.
bool load_of(Part& part, const Known& known) {
  const Highest highest = highest_load(*part.replica, part.query.slo, rank_close, known);
  part.load_per_s = highest.load / part.share;
  part.worked_out = true;
  part.limit = highest.bound.name == "throughput" ? highest.bound.metric : highest.bound.name;
  return part.load_per_s > 0;
}

/// The load of a part that with another carries as much as is known for each accelerator.
double least_of(const Part& part, const Part& with, double known) {
  return part.share * part.layout.accelerators() / (1 / known - with.layout.accelerators() / most_of(with));
}

/// Works a part out if it may carry, with another, more than is known for each accelerator; false when it does not. First it is looked at
/// the load that this takes: most are out there.
bool work_out(Part& part, const Part& with, double known) {
  if (part.worked_out) return part.load_per_s > 0;
  if (!part.replica) part.replica = make_replica(part.query, part.layout);
  const double least = least_of(part, with, known);
  if (!part.replica->problem.empty()) {
    part.bound = 0;
    return false;
  }
  const Miss miss = miss_at(*part.replica, part.query.slo, least);
  const double guess = part.query.shape.output_mean_tokens > 1 ? near_bound * part.bound : 0;
  if (miss.name.empty()) return load_of(part, {look_at(least, miss), {bound_slack * part.bound, {}, false}, guess});
  part.bound = least;
  return false;
}

Operating state_of(const Part& part, double load, int count) { return operate(*part.replica, load * part.share / count); }

double power_of(const Part& part, const Operating& state, int count) {
  return count * replica_power_w(part.query.node, part.query.accelerator, part.layout.accelerators(), state.busy);
}

std::string words(const Part& part, int count) { return fmt::format("{} x {}", count, to_string(part.layout)); }

/// Both parts at their loads, and what is common to the pair.
struct Joined {
  Split split;
  Operating first, second;
};

Joined join(const Part& a, const Part& b, const Split& split) {
  Joined out;
  out.split = split;
  out.first = state_of(a, out.split.load_per_s, out.split.first), out.second = state_of(b, out.split.load_per_s, out.split.second);
  return out;
}

Pair pair_of(const Part& a, const Part& b, const Joined& joined) {
  const Split& split = joined.split;
  Pair pair;
  pair.first.node = a.query.node.name, pair.first.precision = *a.query.precision, pair.first.kv_precision = a.query.kv_precision;
  pair.first.layout = a.layout;
  pair.first.chunk_tokens = a.query.engine.max_batched_tokens, pair.first.batch_limit = b.replica->limit;
  pair.accelerators = split.first * a.layout.accelerators() + split.second * b.layout.accelerators();
  pair.load_per_s = split.load_per_s;
  pair.power_w = power_of(a, joined.first, split.first) + power_of(b, joined.second, split.second);
  pair.limit = split.first * a.load_per_s <= split.second * b.load_per_s ? a.limit : b.limit;
  return pair;
}

/// Requests without their decoding, and without their prompts.
CurveQuery prefill_only(CurveQuery q) {
  q.shape.output_mean_tokens = 1, q.shape.output_p95_tokens = 0;
  q.speculation = {};
  q.slo.tpot.clear(), q.slo.e2e.clear();
  return q;
}

CurveQuery decode_only(CurveQuery q) {
  q.shape.prefix_hit = 1;
  q.round_trip_s = 0;
  q.engine.prompt_step_s = q.engine.front_end_s = q.engine.front_end_token_s = q.engine.front_end_serial_s = 0;
  q.slo.e2e.clear();
  return q;
}

/// Time that a mean prompt's KV cache takes over the network of its prefill replica.
double transfer_s(const CurveQuery& q, const Layout& layout) {
  const double rate = q.engine.link_efficiency * q.accelerator.network_bytes_per_s * layout.accelerators();
  return rate > 0 ? placement_of(q, layout).kv_bytes_per_sequence(q.shape.input_mean_tokens) / rate : 0;
}

/// The e2e limits hold when both parts are as slow as their percentile together.
bool holds_e2e(const Slo& slo, Joined& joined, double transfer) {
  return std::all_of(slo.e2e.begin(), slo.e2e.end(), [&](const SloLimit& limit) {
    return figure(joined.first.ttft, limit) + transfer + figure(joined.second.e2e, limit) <= limit.limit_s;
  });
}

/// Numbers of both that carry more for each accelerator than is known, or than a pair found that needs no more of them.
std::vector<Split> better_splits(const std::vector<Pair>& found, const Part& a, const Part& b, double known) {
  std::vector<Split> out = splits_of(a.load_per_s, a.layout.accelerators(), b.load_per_s, b.layout.accelerators());
  std::erase_if(out, [&](const Split& split) {
    return split.per_accelerator_s <= known || std::any_of(found.begin(), found.end(), [&](const Pair& pair) {
             return pair.accelerators <= split.accelerators && pair.load_per_s >= split.per_accelerator_s * pair.accelerators;
           });
  });
  return out;
}

/// Two parts in hand, and a pair found that needs no more accelerators and carries as much for each as they could.
bool surpassed(const std::vector<Pair>& found, const Part& a, const Part& b) {
  const double most = most_of(a, b);
  return std::any_of(found.begin(), found.end(), [&](const Pair& pair) {
    return pair.accelerators <= a.layout.accelerators() + b.layout.accelerators() && pair.load_per_s >= most * pair.accelerators;
  });
}

void add_disaggregated(const CurveQuery& base, std::span<const Layout> layouts, double known, const PartLimits& limits, const PayingLoad& paying, int& looked_at, std::vector<Pair>& out) {
  std::vector<Part> prefills = best_parts(prefill_only(base), layouts, limits, true), decodes = best_parts(decode_only(base), layouts, limits, false);
  looked_at += static_cast<int>(prefills.size() * decodes.size());
  for (Part& decode : decodes)
    for (Part& alone : prefills) {
      const auto hopeless = [&](const Part& prefill) { return !promising(prefill, decode, known) || surpassed(out, prefill, decode); };
      // With the whole of the limit a prefill carries the most.
      if (hopeless(alone) || !work_out(decode, alone, known) || hopeless(alone) || !work_out(alone, decode, known) || hopeless(alone)) continue;
      Part prefill = alone;
      // What decode and the transfer take of the time to the first token is not there for the prompt.
      const double transfer = transfer_s(base, prefill.layout);
      Operating busy = operate(*decode.replica, decode.load_per_s);
      for (SloLimit& limit : prefill.query.slo.ttft) limit.limit_s -= transfer + figure(busy.ttft, limit);
      const double most = prefill.load_per_s * prefill.share, least = least_of(prefill, decode, known);
      const Miss miss = miss_at(*prefill.replica, prefill.query.slo, least);
      if (!miss.name.empty() || !load_of(prefill, {look_at(least, miss), {most, {}, false}, near_whole * most})) continue;
      for (const Split& split : better_splits(out, prefill, decode, known)) {
        Joined joined = join(prefill, decode, split);
        if (!holds_e2e(base.slo, joined, transfer)) continue;
        Pair pair = pair_of(prefill, decode, joined);
        pair.parts = fmt::format("prefill {}, decode {}", words(prefill, split.first), words(decode, split.second));
        pair.ttft_p95_s = joined.first.ttft.quantile(0.95) + transfer + joined.second.ttft.quantile(0.95);
        pair.tpot_p50_s = joined.second.tpot.quantile(0.5), pair.tpot_p95_s = joined.second.tpot.quantile(0.95);
        pair.paying_load_per_s = paying(pair);
        if (pair.paying_load_per_s > 0) pair.paying_tpot_p50_s = state_of(decode, pair.paying_load_per_s, split.second).tpot.quantile(0.5);
        out.push_back(std::move(pair));
      }
    }
}

void add_pools(const CurveQuery& base, const std::vector<const DeploymentChoice*>& like, double known, const PartLimits& limits, const PayingLoad& paying, int& looked_at, std::vector<Pair>& out) {
  if (!(base.shape.input_p95_tokens > base.shape.input_mean_tokens)) return;
  for (const double cut : cuts) {
    double tokens = 0;
    const auto shapes = cut_by_input(base.shape, cut, tokens);
    CurveQuery first = base, second = base;
    first.shape = shapes.first, second.shape = shapes.second;
    std::vector<Part> shorts, longs;
    for (const DeploymentChoice* c : like) shorts.push_back(part_like(first, *c, cut, limits.batch)), longs.push_back(part_like(second, *c, 1 - cut, limits.batch));
    looked_at += static_cast<int>(shorts.size() * longs.size());
    for (std::size_t s = 0; s < shorts.size(); ++s)
      for (Part& l : longs) {
        if (!promising(shorts[s], l, known) || !work_out(l, shorts[s], known) || !promising(shorts[s], l, known) || !work_out(shorts[s], l, known)) continue;
        for (const Split& split : better_splits(out, shorts[s], l, known)) {
          Joined joined = join(shorts[s], l, split);
          Pair pair = pair_of(shorts[s], l, joined);
          pair.parts = fmt::format("inputs to {:.0f} tokens {}, longer {}", tokens, words(shorts[s], split.first), words(l, split.second));
          const auto both = [&](const WeightedPoints& of_shorts, const WeightedPoints& of_longs) {
            WeightedPoints points;
            points.add(of_shorts, cut), points.add(of_longs, 1 - cut);
            return points;
          };
          WeightedPoints ttft = both(joined.first.ttft, joined.second.ttft), tpot = both(joined.first.tpot, joined.second.tpot);
          pair.ttft_p95_s = ttft.quantile(0.95), pair.tpot_p50_s = tpot.quantile(0.5), pair.tpot_p95_s = tpot.quantile(0.95);
          if (const double load = paying(pair); load > 0) {
            pair.paying_load_per_s = load;
            pair.paying_tpot_p50_s = both(state_of(shorts[s], load, split.first).tpot, state_of(l, load, split.second).tpot).quantile(0.5);
          }
          out.push_back(std::move(pair));
        }
      }
  }
}

}  // namespace

std::vector<Split> splits_of(double first_load, int first_accelerators, double second_load, int second_accelerators) {
  std::vector<Split> all, out;
  for (int a = 1; a <= most_of_a_part; ++a)
    for (int b = 1; b <= most_of_a_part; ++b) {
      const double load = std::min(a * first_load, b * second_load);
      const int accelerators = a * first_accelerators + b * second_accelerators;
      all.push_back({a, b, accelerators, load, load / accelerators});
    }
  std::stable_sort(all.begin(), all.end(), [](const Split& x, const Split& y) {
    return x.accelerators != y.accelerators ? x.accelerators < y.accelerators : x.per_accelerator_s > y.per_accelerator_s;
  });
  for (const Split& split : all)
    if (out.empty() || split.per_accelerator_s > worth_it * out.back().per_accelerator_s) out.push_back(split);
  return out;
}

std::pair<Shape, Shape> cut_by_input(const Shape& shape, double share, double& at_tokens) {
  std::vector<Stratum> low, high;
  double below = 0;
  for (const Stratum& s : fine_length_strata(shape.input_mean_tokens, shape.input_p95_tokens)) {
    const double into = std::clamp(share - below, 0.0, s.share);
    below += s.share;
    if (into > 1e-9) low.push_back({into, s.value}), at_tokens = s.value;
    if (s.share - into > 1e-9) high.push_back({s.share - into, s.value});
  }
  const auto with = [&](const std::vector<Stratum>& strata) {
    Shape out = shape;
    out.input_mean_tokens = mean(strata), out.input_p95_tokens = quantile(strata, 0.95);
    if (out.input_p95_tokens <= out.input_mean_tokens) out.input_p95_tokens = 0;
    return out;
  };
  return {with(low), with(high)};
}

std::vector<Pair> pairs_of(const std::vector<CurveQuery>& queries, std::span<const Layout> layouts, const std::vector<DeploymentChoice>& choices, const PartLimits& limits, const PayingLoad& paying, int& looked_at) {
  std::vector<Pair> out;
  const std::vector<const DeploymentChoice*> like = best_layouts(choices);
  if (like.empty()) return out;
  const auto base = std::find_if(queries.begin(), queries.end(), [&](const CurveQuery& q) { return *q.precision == like.front()->precision && q.kv_precision == like.front()->kv_precision; });
  const double known = worth_it * like.front()->load_per_accelerator_s;
  add_disaggregated(*base, layouts, known, limits, paying, looked_at, out);
  add_pools(*base, like, known, limits, paying, looked_at, out);
  return out;
}

}  // namespace tonnage::capacity
