// A plan's orders and rentals as requirements by provider.
#include "tonnage/pipeline/asks.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "tonnage/core/parallel.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/documents/holding.hpp"

namespace tonnage::pipeline {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

const char* const own_name = "own data centres";
const char* const colocation_name = "colocation";

std::string provider_of(const Region& region) {
  if (!region.provider.empty()) return region.provider;
  return region.site == Site::own ? own_name : region.site == Site::colocation ? colocation_name : region.name;
}

Demand only_outcome(const Demand& demand, int outcome) {
  Demand out = demand;
  out.outcomes = {demand.outcomes[at(outcome)]};
  out.outcomes.front().probability = 1;
  for (DemandSeries& series : out.series) {
    const auto size = static_cast<std::ptrdiff_t>(series.load_per_s.size() / demand.outcomes.size());
    const auto first = series.load_per_s.begin() + outcome * size;
    series.load_per_s = std::vector<double>(first, first + size);
  }
  return out;
}

/// Nodes that the plan of each outcome alone takes into each pool: new ones in service by period, or rented at a time.
using Held = std::vector<std::vector<double>>;  // [pool][period]

Held held_by(const Scenario& scenario, const Plan& plan) {
  Held out;
  for (std::size_t p = 0; p < plan.pools.size(); ++p) {
    const PoolPlan& pool = plan.pools[p];
    std::vector<double> nodes = hourly(scenario.pools[p].offer) ? pool.rented_peak : pool.in_service;
    if (!hourly(scenario.pools[p].offer))
      for (std::size_t t = 0; t < nodes.size(); ++t) nodes[t] -= pool.existing[t];
    out.push_back(std::move(nodes));
  }
  return out;
}

/// By outcome; the plan itself where there is but one. An outcome without a plan of its own counts as one that takes nothing.
std::vector<Held> held_by_outcome(const Run& run, const RunOptions& options) {
  const Scenario& s = run.loaded.scenario;
  const int outcomes = static_cast<int>(run.demand.outcomes.size());
  if (outcomes == 1) return {held_by(s, run.plan)};
  std::vector<Held> out(at(outcomes));
  parallel_for(outcomes, options.threads, [&](int o) {
    Scenario certain = s;
    certain.policies.cvar.reset();
    allocate::AllocateOptions quick = options.allocate;
    quick.cost_only = true;
    quick.reasons = allocate::ReasonsWanted::limits;
    quick.alternatives.clear();
    const auto solver = optimize::make_solver(options.method);
    const Plan plan = allocate::allocate(certain, only_outcome(run.demand, o), run.capacities, quick, *solver).plan;
    const bool found = plan.proof.status == "optimal" || plan.proof.status == "limit";
    out[at(o)] = found ? held_by(s, plan) : Held(s.pools.size(), std::vector<double>(s.periods.size(), 0));
  });
  return out;
}

/// Workloads on nodes of the pool's type in its region from a period on, by expected node-hours.
std::vector<WorkloadShare> behind(const Run& run, int pool, int from) {
  const Scenario& s = run.loaded.scenario;
  const int region = region_index(s, s.pools[at(pool)].region);
  std::map<int, double> hours;
  double all = 0;
  for (const Placement& x : run.plan.placements) {
    const State& state = run.plan.states[at(x.state)];
    if (x.region != region || state.period < from || state.lost_region >= 0 || run.capacities.deployments[at(x.deployment)].node != s.pools[at(pool)].node) continue;
    const double more = run.demand.outcomes[at(state.outcome)].probability * run.demand.blocks[at(state.block)].hours[at(state.period)] * x.nodes;
    hours[x.workload] += more;
    all += more;
  }
  std::vector<WorkloadShare> out;
  for (const auto& [workload, value] : hours)
    if (value > 1e-9 * all) out.push_back({workload, value / all});
  std::stable_sort(out.begin(), out.end(), [](const WorkloadShare& a, const WorkloadShare& b) { return a.share > b.share; });
  return out;
}

class Finder {
 public:
  Finder(const Run& run, const RunOptions& options) : run_(run), s_(run.loaded.scenario), plan_(held_by(s_, run.plan)), outcomes_(held_by_outcome(run, options)) {}

  std::vector<Ask> find() {
    for (const Order& order : run_.plan.orders) split(pool_index(s_, order.pool), order.period, order.nodes, order.order_by);
    for (int p = 0; p < static_cast<int>(s_.pools.size()); ++p)
      if (hourly(s_.pools[at(p)].offer)) rentals(p);
    return std::move(out_);
  }

 private:
  /// Nodes rented at a time, each time they are more than ever before.
  void rentals(int p) {
    double most = 0;
    for (int t = 0; t < static_cast<int>(s_.periods.size()); ++t) {
      const double nodes = std::ceil(plan_[at(p)][at(t)] - 1e-6);
      if (nodes <= most) continue;
      split(p, t, nodes - most, order_by(s_, s_.pools[at(p)], t), most);
      most = nodes;
    }
  }

  /// An order above `below` nodes of the pool in parts that are equally sure.
  void split(int p, int t, double nodes, Date due, std::optional<double> rented_below = std::nullopt) {
    const double below = rented_below.value_or(plan_[at(p)][at(t)] - nodes);
    std::vector<std::pair<double, double>> takes;  // nodes of the order that an outcome's own plan takes; probability
    for (std::size_t o = 0; o < outcomes_.size(); ++o) takes.emplace_back(std::clamp(std::ceil(outcomes_[o][at(p)][at(t)] - below - 1e-6), 0.0, nodes), run_.demand.outcomes[o].probability);
    std::sort(takes.rbegin(), takes.rend());
    const double in_all = takes.back().first;
    double half = 0, probability = 0;
    for (const auto& [taken, weight] : takes) {
      probability += weight;
      if (probability >= 0.5 - 1e-9) {
        half = taken;
        break;
      }
    }
    const Date next_plan = add_months(s_.as_of, period_months(s_));
    const double firm = due < next_plan ? in_all : 0;
    add(p, t, due, Sureness::firm, firm);
    add(p, t, due, Sureness::likely, std::max(half, in_all) - firm);
    add(p, t, due, Sureness::option, nodes - std::max(half, in_all));
  }

  void add(int p, int t, Date due, Sureness sureness, double nodes) {
    if (nodes <= 0) return;
    const Pool& pool = s_.pools[at(p)];
    const Region& region = s_.regions[at(region_index(s_, pool.region))];
    Ask ask{provider_of(region), p, sureness, nodes, t, due, nodes * s_.nodes[at(node_index(s_, pool.node))].type.power_w * region.pue, behind(run_, p, t),
            pool.price_usd_once + pool.price_usd_per_month + pool.price_usd_per_hour, price_unit(pool), {}};
    out_.push_back(std::move(ask));
  }

  const Run& run_;
  const Scenario& s_;
  Held plan_;
  std::vector<Held> outcomes_;
  std::vector<Ask> out_;
};

void add_prices(const Run& run, const RunOptions& options, Asks& out) {
  out.prices_computed = run.plan.proof.nonzeros <= most_nonzeros_for_prices;
  if (!out.prices_computed) return;
  std::vector<int> pools;
  for (const Ask& ask : out.asks)
    if (std::find(pools.begin(), pools.end(), ask.pool) == pools.end()) pools.push_back(ask.pool);
  std::vector<ReservationPrice> prices(pools.size());
  parallel_for(static_cast<int>(pools.size()), options.threads, [&](int i) {
    const auto solver = optimize::make_solver(options.method);
    prices[at(i)] = reservation_price(run, pools[at(i)], *solver);
  });
  for (Ask& ask : out.asks) ask.reservation = prices[at(static_cast<int>(std::find(pools.begin(), pools.end(), ask.pool) - pools.begin()))];
}

int rank(const std::string& provider) { return provider == own_name ? 0 : provider == colocation_name ? 1 : 2; }

}  // namespace

const char* to_string(Sureness sureness) { return sureness == Sureness::firm ? "firm" : sureness == Sureness::likely ? "likely" : "option"; }

Asks find_asks(const Run& run, const RunOptions& options) {
  Asks out;
  out.asks = Finder(run, options).find();
  std::stable_sort(out.asks.begin(), out.asks.end(), [](const Ask& a, const Ask& b) {
    return std::tuple(rank(a.provider), a.provider, a.order_by, a.pool, a.period, a.sureness) < std::tuple(rank(b.provider), b.provider, b.order_by, b.pool, b.period, b.sureness);
  });
  for (const Ask& ask : out.asks)
    if (out.providers.empty() || out.providers.back() != ask.provider) out.providers.push_back(ask.provider);
  add_prices(run, options, out);
  return out;
}

}  // namespace tonnage::pipeline
