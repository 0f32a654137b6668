#include "values.hpp"

#include <algorithm>
#include <cmath>

#include "tonnage/documents/economics.hpp"
#include "tonnage/documents/holding.hpp"

namespace tonnage::allocate {

using optimize::infinity;
using optimize::LinearProgram;
using optimize::Solution;
using optimize::Status;
using optimize::Terms;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// The demand as if an outcome were certain.
Demand only(const Demand& demand, int s) {
  Demand out = demand;
  out.outcomes = {{demand.outcomes[at(s)].name, 1}};
  const std::size_t cells = demand.periods.size() * demand.blocks.size();
  for (DemandSeries& series : out.series) {
    const auto first = series.load_per_s.begin() + static_cast<std::ptrdiff_t>(cells * at(s));
    series.load_per_s = std::vector<double>(first, first + static_cast<std::ptrdiff_t>(cells));
  }
  return out;
}

/// One program for each outcome, with the same orders where a decision falls before the outcome is known.
class Foresight {
 public:
  Foresight(const Scenario& scenario, const Demand& demand) : scenario_(scenario), demand_(demand) {}

  /// False when one of the outcomes has no plan.
  bool build(const Prepare& prepare) {
    std::optional<Model> first;
    for (int s = 0; s < static_cast<int>(demand_.outcomes.size()); ++s) {
      start_.push_back(whole_.columns());
      offset_.push_back(0);
      const double probability = demand_.outcomes[at(s)].probability;
      if (probability <= 0) continue;
      std::optional<Model> one = prepare(scenario_, only(demand_, s));
      if (!one) return false;
      append(one->program, probability);
      offset_.back() = probability * one->program.offset;
      if (!first) {
        first = std::move(one);
        origin_ = start_.back();
      } else {
        link(*first, *one, start_.back());
      }
    }
    start_.push_back(whole_.columns());
    return true;
  }

  void solve(const optimize::SolveOptions& options, optimize::Solver& solver, Reasons& out) {
    const auto session = solver.session(whole_, options);
    const Solution now = session->solve();
    free_links(*session, true);
    const Solution later = session->solve();
    free_links(*session, false);
    const Solution known = session->solve();
    if (now.status != Status::optimal || later.status != Status::optimal || known.status != Status::optimal) return;
    out.deciding_later_usd = now.objective - later.objective;
    out.perfect_information_usd = now.objective - known.objective;
    for (int s = 0; s < static_cast<int>(demand_.outcomes.size()); ++s)
      if (const double probability = demand_.outcomes[at(s)].probability; probability > 0) out.regrets.push_back({s, (cost(s, now) - cost(s, known)) / probability});
  }

 private:
  struct Link {
    int row;
    bool first_period;  ///< decided before the second period begins
  };

  void append(const LinearProgram& one, double probability) {
    const int shift = whole_.columns();
    for (int j = 0; j < one.columns(); ++j) whole_.add_column(one.column_names[at(j)], probability * one.cost[at(j)], one.lower[at(j)], one.upper[at(j)], one.integer[at(j)] != 0);
    for (int i = 0; i < one.rows(); ++i) {
      Terms terms;
      for (int k = one.start[at(i)]; k < one.start[at(i) + 1]; ++k) terms.emplace_back(one.index[at(k)] + shift, one.value[at(k)]);
      whole_.add_row(one.row_names[at(i)], one.row_lower[at(i)], one.row_upper[at(i)], terms);
    }
    whole_.offset += probability * one.offset;
  }

  void link(const Model& first, const Model& one, int shift) {
    const auto same = [&](int a, int b, Date order) {
      const bool early = scenario_.periods.size() < 2 || order < scenario_.periods[1].start;
      links_.push_back({whole_.add_row("same", 0, 0, {{a + origin_, 1}, {b + shift, -1}}), early});
    };
    for (std::size_t r = 0; r < one.bought_power.size(); ++r)
      for (int t = 0; t < static_cast<int>(scenario_.periods.size()); ++t)
        if (const int b = one.bought_power[r][at(t)]; b >= 0) same(first.bought_power[r][at(t)], b, order_by(scenario_, *scenario_.regions[r].power_offer, t));
    for (std::size_t p = 0; p < one.order.size(); ++p)
      for (int t = 0; t < static_cast<int>(scenario_.periods.size()); ++t) {
        const int a = first.order[p][at(t)];
        const int b = one.order[p][at(t)];
        if (a < 0 || b < 0) continue;
        same(a, b, order_by(scenario_, scenario_.pools[p], t));
      }
  }

  void free_links(optimize::Session& session, bool only_later) const {
    for (const Link& link : links_)
      if (!only_later || !link.first_period) session.set_row(link.row, -infinity, infinity);
  }

  double cost(int s, const Solution& solution) const {
    double out = offset_[at(s)];
    for (int j = start_[at(s)]; j < start_[at(s) + 1]; ++j) out += whole_.cost[at(j)] * solution.x[at(j)];
    return out;
  }

  const Scenario& scenario_;
  const Demand& demand_;
  LinearProgram whole_;
  std::vector<int> start_;
  std::vector<double> offset_;
  std::vector<Link> links_;
  int origin_ = 0;
};

class Values {
 public:
  Values(const Scenario& scenario, const Demand& demand, const Plan& plan, const Prepare& prepare, const optimize::SolveOptions& options, optimize::Solver& solver)
      : scenario_(scenario), demand_(demand), plan_(plan), prepare_(prepare), options_(options), solver_(solver) {
    scenario_.policies.cvar.reset();
    options_.relax = true;
  }

  Reasons run(ReasonsWanted wanted) {
    const std::optional<double> base = cost(scenario_, demand_);
    if (!base) return {};
    base_ = *base;
    for (int w = 0; w < static_cast<int>(scenario_.workloads.size()); ++w) marginal(w);
    if (wanted == ReasonsWanted::marginal_costs) return std::move(out_);
    for (int p = 0; p < static_cast<int>(scenario_.pools.size()); ++p)
      if (used(p)) lead_time(p);
      else entry_price(p);
    if (demand_.outcomes.size() > 1)
      if (Foresight foresight(scenario_, demand_); foresight.build(prepare_)) foresight.solve(options_, solver_, out_);
    return std::move(out_);
  }

 private:
  std::optional<double> cost(const Scenario& scenario, const Demand& demand) const {
    const std::optional<Model> model = prepare_(scenario, demand);
    if (!model) return std::nullopt;
    const Solution out = solver_.solve(model->program, options_);
    return out.status == Status::optimal ? std::optional(out.objective) : std::nullopt;
  }

  bool used(int p) const {
    const PoolPlan& pool = plan_.pools[at(p)];
    bool any = std::any_of(pool.rented_hours.begin(), pool.rented_hours.end(), [](double hours) { return hours > 0; });
    for (std::size_t t = 0; t < pool.in_service.size(); ++t) any = any || pool.in_service[t] > pool.existing[t];
    return any;
  }

  /// 1 % more load, and what it adds.
  void marginal(int w) {
    constexpr double more = 0.01;
    const Workload& workload = scenario_.workloads[at(w)];
    Demand demand = demand_;
    double units = 0;
    for (DemandSeries& series : demand.series) {
      if (series.workload != workload.name) continue;
      for (int s = 0; s < static_cast<int>(demand_.outcomes.size()); ++s)
        for (int t = 0; t < static_cast<int>(scenario_.periods.size()); ++t)
          for (int b = 0; b < static_cast<int>(demand_.blocks.size()); ++b)
            units += demand_.outcomes[at(s)].probability * demand_.blocks[at(b)].hours[at(t)] * demand_.load(series, s, t, b) * (workload.unit == "requests/s" ? 3600 : 1);
      for (double& load : series.load_per_s) load *= 1 + more;
    }
    const std::optional<double> with = cost(scenario_, demand);
    if (!with || units <= 0) return;
    MarginalCost one{w, *with - base_, (*with - base_) / (more * units), std::nullopt};
    const double tokens = workload.shape.input_mean_tokens + workload.shape.output_mean_tokens;
    if (workload.unit == "requests/s" && tokens > 0) one.usd_per_m_tokens = one.usd_per_unit / tokens * 1e6;
    out_.marginal_costs.push_back(one);
  }

  void lead_time(int p) {
    Scenario sooner = scenario_;
    Pool& pool = sooner.pools[at(p)];
    if (hourly(pool.offer) || (pool.lead_time_months <= 0 && pool.lead_time_days <= 0)) return;
    if (pool.lead_time_months > 0) pool.lead_time_months = std::max(0.0, pool.lead_time_months - 1);
    else pool.lead_time_days = std::max(0.0, pool.lead_time_days - 30);
    if (const std::optional<double> with = cost(sooner, demand_)) out_.lead_times.push_back({pool.name, std::max(0.0, base_ - *with)});
  }

  /// Halves the interval of prices in which the pool begins to save something, down to a two-thousandth of the price.
  void entry_price(int p) {
    const Pool& now = scenario_.pools[at(p)];
    if (now.offer == OfferKind::owned) return;
    const auto saves = [&](double factor) {
      Scenario cheaper = scenario_;
      Pool& pool = cheaper.pools[at(p)];
      for (double* price : {&pool.price_usd_once, &pool.price_usd_per_hour, &pool.price_usd_per_month}) *price *= factor;
      const std::optional<double> with = cost(cheaper, demand_);
      return with && *with < base_ - 1e-7 * std::fabs(base_) - 1e-6;
    };
    EntryPrice one{now.name, price_unit(now), now.price_usd_once + now.price_usd_per_month + now.price_usd_per_hour, 0};
    double low = 1e-6, high = 1;
    if (one.price <= 0 || !saves(low)) return;  // not at any price
    while (high - low > 5e-4) (saves((low + high) / 2) ? low : high) = (low + high) / 2;
    one.enters_below = one.price * (low + high) / 2;
    out_.entry_prices.push_back(std::move(one));
  }

  Scenario scenario_;
  const Demand& demand_;
  const Plan& plan_;
  const Prepare& prepare_;
  optimize::SolveOptions options_;
  optimize::Solver& solver_;
  double base_ = 0;
  Reasons out_;
};

}  // namespace

Reasons values(const Scenario& scenario, const Demand& demand, const Plan& plan, ReasonsWanted wanted, const Prepare& prepare, const optimize::SolveOptions& options,
               optimize::Solver& solver) {
  return Values(scenario, demand, plan, prepare, options, solver).run(wanted);
}

}  // namespace tonnage::allocate
