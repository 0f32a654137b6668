#include "price.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tonnage/forecast/effects.hpp"

namespace tonnage::forecast {
namespace {

constexpr double day_s = 86400, year_s = 365.25 * day_s;

/// Mean over the days of bin `b` of levels.
template <class OnDay>
double bin_mean(const Levels& levels, std::size_t b, OnDay&& on_day) {
  const double first = static_cast<double>(levels.end_s - static_cast<long long>(levels.values.size() - b) * levels.bin_s) / day_s;
  const int days = static_cast<int>(std::max(1LL, levels.bin_s / 86400));
  double sum = 0;
  for (int d = 0; d < days; ++d) sum += on_day(first + d + 0.5) / days;
  return sum;
}

/// Elasticity and its standard error; 0 where the price does not change within the levels.
void estimate(const PreparedHistory& history, const PriceEffect& price, double& elasticity, double& error) {
  const Levels total = total_of(history.known);
  const std::size_t n = total.values.size();
  std::vector<double> z;
  for (const double v : total.values) z.push_back(v > 0 ? std::log(v) : std::nan(""));
  std::vector<Regressor> regressors(1);
  for (std::size_t b = 0; b < n; ++b) regressors[0].push_back(bin_mean(total, b, [&](double day) { return std::log(price_at(price, day) / price.now); }));
  std::set<std::string> names;
  for (const DemandEvent& event : history.events) {
    if (!event.from_history || !names.insert(event.name).second) continue;
    Regressor& reach = regressors.emplace_back();
    for (std::size_t b = 0; b < n; ++b)
      reach.push_back(bin_mean(total, b, [&](double day) {
        double sum = 0;
        for (const DemandEvent& one : history.events)
          if (one.from_history && one.name == event.name) sum += event_reach(one, day);
        return sum;
      }));
  }
  const auto season = static_cast<std::size_t>(std::llround(year_s / static_cast<double>(total.bin_s)));
  const DynamicRegression fit = dynamic_regression(z, regressors, season > 1 && n >= 3 * season ? static_cast<int>(season) : 1);
  elasticity = fit.coefficient[0], error = std::sqrt(std::max(fit.covariance[0], 0.0));
}

}  // namespace

double price_at(const PriceEffect& price, double day) {
  for (auto step = price.ahead.rbegin(); step != price.ahead.rend(); ++step)
    if (day >= static_cast<double>(step->from.time_since_epoch().count())) return step->price;
  const HistorySeries& history = price.history;
  const auto n = static_cast<long long>(history.values.size());
  long long at = history.step_s > 0 ? static_cast<long long>(std::floor((day * day_s - static_cast<double>(history.start_s)) / static_cast<double>(history.step_s))) : n;
  if (at >= n) return price.now;
  for (at = std::max(at, 0LL); at >= 0; --at)
    if (std::isfinite(history.values[static_cast<std::size_t>(at)])) return history.values[static_cast<std::size_t>(at)];
  return price.now;
}

double price_factor(const PriceEffect& price, double elasticity, double day) { return std::pow(price_at(price, day) / price.now, elasticity); }

void take_out_price(const Workload& workload, PreparedHistory& out, std::vector<std::string>& remarks) {
  if (!workload.demand.price) return;
  out.price = workload.demand.price;
  PriceEffect& price = *out.price;
  if (!price.elasticity && out.flat) {
    price.elasticity = 0;
    remarks.push_back(fmt::format("workload '{}': its history is too short to tell an elasticity; its demand follows no price", workload.name));
  }
  if (out.flat) return;
  if (!price.elasticity) {
    double elasticity = 0, error = 0;
    estimate(out, price, elasticity, error);
    price.elasticity = elasticity;
    price.elasticity_spread = {error > 0 ? Spread::Form::normal : Spread::Form::none, 0, 0, error};
    remarks.push_back(error > 0 ? fmt::format("workload '{}': elasticity {:+.3g} (standard error {:.2g}), estimated from its history; changes of the price are taken to have causes other than demand{}",
                                              workload.name, elasticity, error, elasticity > 0 ? "; above 0, price and demand rose together: is it known what 'elasticity' should be?" : "")
                                : fmt::format("workload '{}': the price does not change within the history of the load; its demand follows no price", workload.name));
  }
  for (Levels& known : out.known)
    for (std::size_t b = 0; b < known.values.size(); ++b)
      known.values[b] /= bin_mean(known, b, [&](double day) { return price_factor(price, *price.elasticity, day); });
}

}  // namespace tonnage::forecast
