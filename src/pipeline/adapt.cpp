#include "tonnage/pipeline/adapt.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "lever_values.hpp"
#include "tonnage/core/normal.hpp"
#include "tonnage/core/random.hpp"
#include "uncertain_inputs.hpp"

namespace tonnage::pipeline {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

constexpr double nothing_known = std::numeric_limits<double>::quiet_NaN();
constexpr int resamples = 400;

/// How often each draw counts.
using Counts = std::vector<double>;

/// Costs of draws by outcome; a draw without a plan has none.
class DrawnCosts {
 public:
  explicit DrawnCosts(std::size_t draws) : mean_(draws), of_draw_(draws) {}

  void set(std::size_t draw, const WhatIfResult& result) {
    if (!result.feasible) return;
    mean_[draw] = result.head.cost.approximate();
    of_draw_[draw] = result.outcomes;
  }

  /// What may be settled freely is at least as good as any way of settling it.
  void at_most(const DrawnCosts& other) {
    for (std::size_t d = 0; d < mean_.size(); ++d)
      if (other.mean_[d] && (!mean_[d] || *other.mean_[d] < *mean_[d])) {
        mean_[d] = other.mean_[d];
        of_draw_[d] = other.of_draw_[d];
      }
  }

  void sort() {
    for (std::size_t d = 0; d < of_draw_.size(); ++d)
      for (const OutcomeCost& one : of_draw_[d]) points_.push_back({one.cost.approximate(), one.probability, d});
    std::stable_sort(points_.begin(), points_.end(), [](const Point& a, const Point& b) { return a.cost < b.cost; });
  }

  const std::optional<double>& mean(std::size_t draw) const { return mean_[draw]; }
  int planned() const { return static_cast<int>(std::count_if(mean_.begin(), mean_.end(), [](const auto& mean) { return mean.has_value(); })); }

  double mean(const Counts& counts) const {
    return over(counts, [](const Point& point) { return point.cost; });
  }
  double sd(const Counts& counts) const {
    const double center = mean(counts);
    return std::sqrt(over(counts, [center](const Point& point) { return (point.cost - center) * (point.cost - center); }));
  }
  double above(const Counts& counts, double budget) const {
    return over(counts, [budget](const Point& point) { return point.cost > budget ? 1.0 : 0.0; });
  }
  double quantile(const Counts& counts, double p) const {
    const double all = weight(counts);
    double sum = 0;
    for (const Point& point : points_)
      if (sum += counts[point.draw] * point.probability; sum >= p * all && all > 0) return point.cost;
    return nothing_known;
  }

 private:
  struct Point {
    double cost, probability;
    std::size_t draw;
  };

  double weight(const Counts& counts) const {
    double out = 0;
    for (const Point& point : points_) out += counts[point.draw] * point.probability;
    return out;
  }

  template <class F>
  double over(const Counts& counts, const F& f) const {
    double sum = 0;
    for (const Point& point : points_) sum += counts[point.draw] * point.probability * f(point);
    const double all = weight(counts);
    return all > 0 ? sum / all : nothing_known;
  }

  std::vector<std::optional<double>> mean_;
  std::vector<std::vector<OutcomeCost>> of_draw_;
  std::vector<Point> points_;
};

class Bootstrap {
 public:
  Bootstrap(std::size_t draws, std::uint64_t seed) : once_(draws, 1.0), resampled_(resamples, Counts(draws, 0.0)) {
    const RandomStream random(seed, "bootstrap of draws");
    std::uint64_t next = 0;
    for (Counts& counts : resampled_)
      for (std::size_t k = 0; k < draws; ++k) ++counts[std::min(draws - 1, static_cast<std::size_t>(random.uniform(next++) * static_cast<double>(draws)))];
  }

  tco::Estimate estimate(const std::function<double(const Counts&)>& f) const {
    double sum = 0, squares = 0, n = 0;
    const double value = f(once_);
    for (const Counts& counts : resampled_)
      if (const double one = f(counts); !std::isnan(one)) {
        sum += one - value;
        squares += (one - value) * (one - value);
        ++n;
      }
    return {value, n > 1 ? normal_975 * std::sqrt(std::max(0.0, (squares - sum * sum / n) / (n - 1))) : 0};
  }

 private:
  Counts once_;
  std::vector<Counts> resampled_;
};

class Adapter {
 public:
  Adapter(const Run& run, const AdaptOptions& how) : run_(run), how_(how) {
    out_.planned = run.ledger.totals.present_value;
    out_.draws = how.draws, out_.budget = how.budget;
    out_.quarter_end = add_months(run.loaded.scenario.as_of, 3);
    inputs_ = uncertain_inputs(run, [&](const scenario::UncertainNumber& number) { return value_set(run.loaded.tree, number, number.middle).has_value(); });
    out_.inputs = inputs_.inputs, out_.left_out = inputs_.left_out;
    ways_ = {Settled::nothing, Settled::orders};
    const std::vector<Order>& orders = run.plan.orders;
    if (std::any_of(orders.begin(), orders.end(), [&](const Order& order) { return order.order_by < out_.quarter_end; })) ways_.insert(ways_.end(), {Settled::quarter, Settled::no_orders});
  }

  /// All draws under each way of settling orders, then each input at its P10 and P90.
  std::vector<WhatIf> questions() const {
    std::vector<WhatIf> out;
    std::vector<tco::Distribution> distributions;
    for (const tco::UncertainInput& input : out_.inputs) distributions.push_back(input.distribution);
    std::vector<std::vector<double>> draws;
    told_by_name(out_.inputs, [&] { draws = tco::joint_draws(distributions, inputs_.correlations, out_.draws, run_.seed); });
    for (const std::vector<double>& point : draws) {
      std::vector<std::string> sets;
      for (std::size_t i = 0; i < point.size(); ++i) sets.push_back(set_of(i, point[i]));
      for (const Settled way : ways_) out.push_back({sets, settled(way)});
    }
    for (std::size_t i = 0; i < out_.inputs.size(); ++i)
      for (const double p : {0.1, 0.9}) out.push_back({{set_of(i, distributions[i].quantile(p))}, std::nullopt});
    return out;
  }

  Adaptation answer(const std::vector<WhatIfResult>& results) {
    std::vector<DrawnCosts> costs(ways_.size(), DrawnCosts(at(out_.draws)));
    int opened = 0;
    for (std::size_t k = 0; k < at(out_.draws) * ways_.size(); ++k) {
      const WhatIfResult& result = results[k];
      costs[k % ways_.size()].set(k / ways_.size(), result);
      if (!result.feasible && out_.why_without.empty()) out_.why_without = result.reason;
      if (result.feasible && k % ways_.size() == 0) out_.open_usd += result.open_usd, ++opened;
    }
    if (opened > 0) out_.open_usd /= opened;
    if (ways_.size() > 2) costs[2].at_most(costs[1]);
    for (std::size_t way = 1; way < ways_.size(); ++way) costs[0].at_most(costs[way]);
    summarize(costs);
    for (std::size_t i = 0; i < out_.inputs.size(); ++i) swing(i, results[at(out_.draws) * ways_.size() + 2 * i], results[at(out_.draws) * ways_.size() + 2 * i + 1]);
    tco::sort_by_swing(out_.tornado);
    return std::move(out_);
  }

 private:
  std::string set_of(std::size_t input, double value) const { return *value_set(run_.loaded.tree, run_.loaded.uncertainty.numbers[at(inputs_.number[input])], value); }

  std::optional<allocate::SettledOrders> settled(Settled way) const {
    switch (way) {
      case Settled::nothing: return std::nullopt;
      case Settled::orders: return allocate::SettledOrders{run_.loaded.scenario.periods.back().end, run_.plan.orders};
      case Settled::quarter: return allocate::SettledOrders{out_.quarter_end, run_.plan.orders};
      case Settled::no_orders: return allocate::SettledOrders{out_.quarter_end, {}};
    }
    return std::nullopt;
  }

  void summarize(std::vector<DrawnCosts>& costs) {
    const Bootstrap bootstrap(at(out_.draws), run_.seed);
    for (std::size_t way = 0; way < ways_.size(); ++way) {
      DrawnCosts& cost = costs[way];
      cost.sort();
      SettledCost one{ways_[way], cost.planned(), {}};
      tco::Sampled& spread = one.cost;
      if (one.draws > 0) {
        spread.mean = bootstrap.estimate([&](const Counts& counts) { return cost.mean(counts); });
        spread.sd = bootstrap.estimate([&](const Counts& counts) { return cost.sd(counts); });
        for (const auto& [p, quantile] : {std::pair{0.1, &spread.p10}, {0.5, &spread.p50}, {0.9, &spread.p90}}) {
          const double probability = p;
          *quantile = bootstrap.estimate([&](const Counts& counts) { return cost.quantile(counts, probability); });
        }
        if (out_.budget) spread.exceeds_budget = bootstrap.estimate([&](const Counts& counts) { return cost.above(counts, out_.budget->approximate()); });
      }
      out_.costs.push_back(one);
    }
    out_.knowing_first = saving(bootstrap, costs[1], costs[0]);
    if (ways_.size() > 2) out_.waiting = saving(bootstrap, costs[2], costs[3]);
  }

  /// Mean of what the second is cheaper by, over the draws in which both have a plan.
  static std::optional<tco::Estimate> saving(const Bootstrap& bootstrap, const DrawnCosts& dear, const DrawnCosts& cheap) {
    const tco::Estimate out = bootstrap.estimate([&](const Counts& counts) {
      double sum = 0, all = 0;
      for (std::size_t d = 0; d < counts.size(); ++d)
        if (dear.mean(d) && cheap.mean(d)) sum += counts[d] * (*dear.mean(d) - *cheap.mean(d)), all += counts[d];
      return all > 0 ? sum / all : nothing_known;
    });
    return std::isnan(out.value) ? std::nullopt : std::optional(out);
  }

  void swing(std::size_t input, const WhatIfResult& low, const WhatIfResult& high) {
    if (!low.feasible || !high.feasible) {
      if (out_.why_without.empty()) out_.why_without = low.feasible ? high.reason : low.reason;
      return;
    }
    const tco::Distribution& d = out_.inputs[input].distribution;
    tco::TornadoBar bar{static_cast<int>(input), low.head.cost.approximate(), high.head.cost.approximate(), std::nullopt};
    if (out_.budget) {
      const double budget = out_.budget->approximate(), middle = out_.planned.approximate();
      const auto between = [&](double a, double cost_a, double b, double cost_b) {
        if ((cost_a <= budget) != (cost_b <= budget)) bar.break_even = a + (b - a) * (budget - cost_a) / (cost_b - cost_a);
      };
      between(d.quantile(0.1), bar.at_p10, d.middle, middle);
      between(d.middle, middle, d.quantile(0.9), bar.at_p90);
    }
    out_.tornado.push_back(bar);
  }

  const Run& run_;
  const AdaptOptions& how_;
  UncertainInputs inputs_;
  std::vector<Settled> ways_;
  Adaptation out_;
};

}  // namespace

Adaptation adapt(const Run& run, const scenario::LoadOptions& base, const Catalog& catalog, FileSystem& files, const RunOptions& options, StageCache& cache, const AdaptOptions& how) {
  Adapter adapter(run, how);
  return adapter.answer(what_if(base, adapter.questions(), catalog, files, options, cache));
}

}  // namespace tonnage::pipeline
