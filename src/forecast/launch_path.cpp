// Demand of a new product in a scenario: curves from earlier products, weekly residuals about them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "paths.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/random.hpp"
#include "tonnage/forecast/launch.hpp"

namespace tonnage::forecast {
namespace {

constexpr double day_s = 86400, week_days = 7, year_days = 365.25;

/// Means of whole weeks (or steps, where longer) since `launch_day`; NaN: since the first load.
AgedLoads aged(const HistorySeries& series, double launch_day) {
  const double step = static_cast<double>(series.step_s) / day_s, bin = std::max(week_days, step), start = static_cast<double>(series.start_s) / day_s;
  std::vector<double> sum, known;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const double middle = start + (static_cast<double>(i) + 0.5) * step;
    if (!std::isfinite(series.values[i])) continue;
    if (!std::isfinite(launch_day)) {
      if (!(series.values[i] > 0)) continue;
      launch_day = start + static_cast<double>(i) * step;
    }
    if (middle < launch_day) continue;
    const std::size_t at = static_cast<std::size_t>((middle - launch_day) / bin);
    if (at >= sum.size()) sum.resize(at + 1, 0.0), known.resize(at + 1, 0.0);
    sum[at] += std::max(series.values[i], 0.0), known[at] += 1;
  }
  AgedLoads out;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    if (known[i] < 0.5 * bin / step) continue;
    out.years.push_back((static_cast<double>(i) + 0.5) * bin / year_days);
    out.load_per_s.push_back(sum[i] / known[i]);
  }
  return out;
}

/// Residuals (log load over curve) by path and week from `first` on, flat; the last one seen fades.
std::vector<double> residual_paths(const LaunchPrior& prior, const std::vector<GrowthCurve>& curves, const AgedLoads& seen, int weeks, std::uint64_t seed, const std::string& name) {
  const RandomStream stream(seed, "launch residuals " + name);
  std::vector<double> out;
  const double keep = std::sqrt(1 - prior.persistence * prior.persistence);
  for (std::size_t j = 0; j < curves.size(); ++j) {
    double x = stream.normal(j * static_cast<std::size_t>(weeks + 1)) * prior.residual;
    if (!seen.years.empty() && seen.load_per_s.back() > 0)
      x = std::clamp(std::log(seen.load_per_s.back() / std::max(curves[j].at(seen.years.back()), 1e-300)), -3.0, 3.0);
    for (int k = 0; k < weeks; ++k) {
      x = prior.persistence * x + keep * prior.residual * stream.normal(j * static_cast<std::size_t>(weeks + 1) + static_cast<std::size_t>(k) + 1);
      out.push_back(x);
    }
  }
  return out;
}

/// Years until half of the market is reached.
double half_way(const GrowthCurve& curve) {
  double low = 0, high = 100;
  for (int i = 0; i < 60; ++i) (curve.at(0.5 * (low + high)) < 0.5 * curve.market_per_s ? low : high) = 0.5 * (low + high);
  return high;
}

std::string reason_of(const Launch& launch, const LaunchPrior& prior, const std::vector<GrowthCurve>& curves, std::size_t seen, const std::string& unit) {
  std::array<double, curve_kinds> share{};
  std::vector<double> market, half;
  for (const GrowthCurve& c : curves) {
    share[static_cast<std::size_t>(c.curve)] += 1.0 / static_cast<double>(curves.size());
    market.push_back(c.market_per_s), half.push_back(half_way(c));
  }
  std::sort(market.begin(), market.end()), std::sort(half.begin(), half.end());
  const auto quantile = [](const std::vector<double>& sorted, double p) { return significant(sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size()))], 3); };
  std::string text = fmt::format("as {} earlier product{} grew{}: ", prior.analogues, prior.analogues == 1 ? "" : "s", seen > 0 ? fmt::format(", given {} week{} of its own", seen, seen == 1 ? "" : "s") : "");
  for (int c = 0; c < curve_kinds; ++c) text += fmt::format("{}{} {:.0f} %", c == 0 ? "" : ", ", to_string(static_cast<Curve>(c)), 100 * share[static_cast<std::size_t>(c)]);
  return text + fmt::format("; it comes to {} {} (P10 {}, P90 {}){}, to half of it in {} years (P10 {}, P90 {})", quantile(market, 0.5), unit, quantile(market, 0.1), quantile(market, 0.9),
                            launch.market_per_s ? " as given" : "", quantile(half, 0.5), quantile(half, 0.1), quantile(half, 0.9));
}

/// Curves in the order that their markets have in joint draws: place on (0, 1) by path.
void order_by_market(std::vector<GrowthCurve>& curves, const std::vector<double>& place) {
  std::stable_sort(curves.begin(), curves.end(), [](const GrowthCurve& a, const GrowthCurve& b) { return a.market_per_s < b.market_per_s; });
  std::vector<GrowthCurve> out;
  for (const double p : place) out.push_back(curves[std::min(curves.size() - 1, static_cast<std::size_t>(p * static_cast<double>(curves.size())))]);
  curves = std::move(out);
}

/// Week profile of the product itself, else of the earlier ones that tell hours apart.
WeekProfile launch_profile(const Launch& launch, bool& has_profile) {
  WeekProfile sum{};
  double count = 0;
  for (const std::vector<HistorySeries>* group : {&launch.seen, &launch.analogues}) {
    for (const HistorySeries& series : *group) {
      HistorySeries filled = series;
      for (double& v : filled.values) v = std::isfinite(v) ? std::max(v, 0.0) : 0.0;
      const WeekProfile one = week_profile(filled);
      if (is_flat(one)) continue;
      for (std::size_t h = 0; h < sum.size(); ++h) sum[h] += one[h];
      count += 1;
    }
    if (count > 0) break;
  }
  has_profile = count > 0;
  for (double& v : sum) v = has_profile ? v / count : 1;
  return sum;
}

}  // namespace

WorkloadPath launch_path(const Workload& workload, const std::vector<Period>& periods, const Places& places, std::vector<std::string>& remarks) {
  const Launch& launch = *workload.demand.launch;
  const std::uint64_t seed = places.seed();
  WorkloadPath path;
  path.method = "launch";
  path.profile = launch_profile(launch, path.has_profile);
  if (periods.empty()) return path;
  std::vector<AgedLoads> analogues;
  for (const HistorySeries& one : launch.analogues) analogues.push_back(aged(one, NAN));
  const double begins = day_of(launch.date);
  const AgedLoads seen = launch.seen.empty() ? AgedLoads{} : aged(launch.seen.front(), begins);
  const double seen_bin = launch.seen.empty() ? week_days : std::max(week_days, static_cast<double>(launch.seen.front().step_s) / day_s);
  const double known_day = seen.years.empty() ? begins : begins + seen.years.back() * year_days + 0.5 * seen_bin;
  const LaunchPrior prior = prior_from(analogues);
  const GivenMarket market{launch.market_per_s.has_value(), launch.market_per_s.value_or(0), launch.market_spread};
  std::vector<GrowthCurve> curves = draw_curves(prior, market, seen, scenario_paths, seed, workload.name);
  if (const std::string name = number_draw("market", workload.name); places.correlated(name)) order_by_market(curves, places.at(name));
  const int weeks = std::clamp(static_cast<int>((day_of(periods.back().end) - known_day) / week_days) + 1, 1, 20000);
  const std::vector<double> residual = residual_paths(prior, curves, seen, weeks, seed, workload.name);
  path.reason = reason_of(launch, prior, curves, seen.years.size(), workload.unit);
  path.backtest = leave_one_out(analogues, seed);
  if (path.backtest.origins > 0)
    path.reason += fmt::format("; each earlier one from the others: error {:.3g} % against {:.3g} % for their mean at its age", 100 * path.backtest.error, 100 * path.backtest.naive_error);
  if (analogues.size() < 3)
    remarks.push_back(fmt::format("workload '{}': {} earlier product{} say{} little about how products differ; a spread of that of many is assumed in part", workload.name, analogues.size(),
                                  analogues.size() == 1 ? "" : "s", analogues.size() == 1 ? "s" : ""));
  std::map<std::string, double> shares = origin_shares(workload);
  if (shares.empty()) shares = {{anywhere, 1.0}};
  const std::vector<Influence> influence = influences(workload, workload.events, workload.demand.price ? &*workload.demand.price : nullptr, places);
  path.known_day = known_day;
  path.adoption = [curves, begins](int j, double day) {
    const GrowthCurve& curve = curves[static_cast<std::size_t>(j)];
    return curve.at((day - begins) / year_days) / curve.market_per_s;
  };
  for (const auto& entry : shares) {
    const double share = entry.second;
    path.origins.push_back(origin_path(entry.first, periods, influence, known_day, false, [&](int j, double day) {
      if (day < begins) return 0.0;
      if (day < known_day) {
        const auto at = std::lower_bound(seen.years.begin(), seen.years.end(), (day - begins - 0.5 * seen_bin) / year_days);
        return share * seen.load_per_s[static_cast<std::size_t>(at - seen.years.begin())];
      }
      const std::size_t week = std::min(static_cast<std::size_t>((day - known_day) / week_days), static_cast<std::size_t>(weeks) - 1);
      const double e = residual[static_cast<std::size_t>(j) * static_cast<std::size_t>(weeks) + week];
      return share * curves[static_cast<std::size_t>(j)].at((day - begins) / year_days) * std::exp(e - 0.5 * prior.residual * prior.residual);
    }));
    path.origins.back().profile = path.profile;
  }
  return path;
}

}  // namespace tonnage::forecast
