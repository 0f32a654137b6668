#include "members.hpp"

#include <functional>
#include <map>

#include "harmonic.hpp"
#include "regression.hpp"
#include "shape.hpp"
#include "sparse.hpp"
#include "stl.hpp"
#include "tonnage/forecast/components.hpp"

namespace tonnage::forecast {
namespace {

constexpr int akaike_models = 4;
using Path = std::vector<double>;
using Seasons = std::vector<int>;

// Non-seasonal cores.

Path ets_path(Values y, int season, EtsScope scope, int horizon, Memory& memory) {
  std::vector<EtsModel> models = memory.ets;
  if (!memory.chosen) models = memory.ets = choose_ets(y, season, scope, akaike_models);
  else
    for (EtsModel& m : models) m = refit_ets(y, season, m);
  return forecast_ets(y, season, models, horizon);
}

Path arima_path(Values y, int season, int horizon, Memory& memory) {
  std::vector<ArimaModel> models = memory.arima;
  if (!memory.chosen) models = memory.arima = choose_arima(y, season, akaike_models);
  else
    for (ArimaModel& m : models) m = refit_arima(y, m);
  return forecast_arima(y, models, horizon);
}

Path ces_path(Values y, int season, int horizon, Memory& memory) {
  CesModel model = memory.ces;
  if (!memory.chosen) model = memory.ces = choose_ces(y, season);
  else model = refit_ces(y, season, model);
  return forecast_ces(y, season, model, horizon);
}

Path theta_path(Values y, int horizon, Memory& memory) {
  ThetaModel model;
  if (!memory.chosen || !memory.theta.fitted) model = memory.theta = fit_theta(y, nullptr);
  else model = fit_theta(y, &memory.theta);
  return forecast_theta(y, model, horizon);
}

Path drift_path(Values y, int horizon) {
  Path out;
  const double n = static_cast<double>(y.size()), slope = n > 1 ? (y.back() - y.front()) / (n - 1) : 0;
  for (int k = 1; k <= horizon; ++k) out.push_back(y.back() + slope * k);
  return out;
}

// Ways around a core: seasonal adjustment, decomposition, logs.

template <class Core>
Path adjusted(Values y, int season, Core&& core) {
  const SeasonalIndices indices = seasonal_indices(y, season);
  Path a(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) a[i] = indices.remove(y[i], static_cast<long long>(i));
  Path f = core(Values(a));
  for (std::size_t k = 0; k < f.size(); ++k) f[k] = indices.apply(f[k], static_cast<long long>(y.size() + k));
  return f;
}

template <class Core>
Path decomposed(Values y, const Seasons& seasons, bool robust, Core&& core) {
  const Decomposition d = decompose(y, seasons, robust);
  const Path a = d.adjusted(y);
  Path f = core(Values(a));
  for (std::size_t k = 0; k < f.size(); ++k)
    for (std::size_t i = 0; i < seasons.size(); ++i) f[k] += season_ahead(d.season[i], seasons[i], static_cast<int>(k));
  return f;
}

/// The seasons as sines and cosines, on logs where they can be; the core takes what is left.
template <class Core>
Path harmonic(Values y, const Seasons& seasons, int horizon, Core&& core) {
  const LogScale scale(y);
  Path z = scale.apply(y);
  const Path season = harmonic_seasons(z, seasons, horizon);
  for (std::size_t t = 0; t < z.size(); ++t) z[t] -= season[t];
  Path f = core(Values(z));
  for (std::size_t k = 0; k < f.size(); ++k) f[k] = scale.back(f[k] + season[z.size() + k]);
  return f;
}

template <class Core>
Path logged(Values y, Core&& core) {
  const LogScale scale(y);
  if (!scale.logs) return {};
  const Path z = scale.apply(y);
  Path f = core(Values(z));
  for (double& v : f) v = scale.back(v);
  return f;
}

Path seasonal_naive(Values y, int season, int horizon) {
  const int n = static_cast<int>(y.size()), m = std::clamp(season, 1, std::max(n, 1));
  Path out(horizon, 0.0);
  for (int k = 0; k < horizon && n > 0; ++k) out[k] = y[n - m + k % m];
  return out;
}

/// Mean of two regressions, on logs where they can be, then calibrated.
Path card(Values y, const Seasons& seasons, const Path& a, const Path& b) {
  const bool logs = LogScale(y).logs;
  Path mean(a.size());
  for (std::size_t k = 0; k < a.size(); ++k) mean[k] = logs ? std::sqrt(std::max(a[k], 1e-300) * std::max(b[k], 1e-300)) : 0.5 * (a[k] + b[k]);
  return calibrate(y, mean, seasons);
}

struct Member {
  const char* title;
  std::function<Path(Values, const Seasons&, int, Memory&)> run;
};

const std::map<std::string, Member>& members() {
  using V = Values;
  using S = const Seasons&;
  using M = Memory&;
  static const std::map<std::string, Member> all{
      {"naive", {"last value on the seasonally adjusted series", [](V y, S s, int h, M) { return adjusted(y, s[0], [&](V a) { return Path(h, a.back()); }); }}},
      {"seasonal-naive", {"seasonal naive", [](V y, S s, int h, M) { return seasonal_naive(y, s.back(), h); }}},
      {"drift", {"drift", [](V y, S s, int h, M) { return adjusted(y, s[0], [&](V a) { return drift_path(a, h); }); }}},
      {"damped", {"damped trend", [](V y, S s, int h, M) { return adjusted(y, s[0], [&](V a) { return fit_damped_trend(a).forecast(h); }); }}},
      {"theta", {"dynamic optimised theta", [](V y, S s, int h, M m) { return adjusted(y, s[0], [&](V a) { return theta_path(a, h, m); }); }}},
      {"log-theta", {"dynamic optimised theta on logs", [](V y, S s, int h, M m) { return logged(y, [&](V z) { return adjusted(z, s[0], [&](V a) { return theta_path(a, h, m); }); }); }}},
      {"ets", {"ETS", [](V y, S s, int h, M m) { return ets_path(y, s[0], EtsScope::all, h, m); }}},
      {"log-ets", {"ETS on logs", [](V y, S s, int h, M m) { return logged(y, [&](V z) { return ets_path(z, s[0], EtsScope::additive, h, m); }); }}},
      {"adjusted-ets", {"ETS on the seasonally adjusted series", [](V y, S s, int h, M m) { return adjusted(y, s[0], [&](V a) { return ets_path(a, 1, EtsScope::all, h, m); }); }}},
      {"ces", {"complex exponential smoothing", [](V y, S s, int h, M m) { return ces_path(y, s[0], h, m); }}},
      {"trend-ces", {"complex exponential smoothing without season", [](V y, S, int h, M m) { return ces_path(y, 1, h, m); }}},
      {"log-ces", {"complex exponential smoothing on logs", [](V y, S s, int h, M m) { return logged(y, [&](V z) { return ces_path(z, s[0], h, m); }); }}},
      {"arima", {"ARIMA", [](V y, S s, int h, M m) { return arima_path(y, s[0], h, m); }}},
      {"adjusted-arima", {"ARIMA on the seasonally adjusted series", [](V y, S s, int h, M m) { return adjusted(y, s[0], [&](V a) { return arima_path(a, 1, h, m); }); }}},
      {"harmonic-arima", {"harmonic regression with ARIMA errors", [](V y, S s, int h, M m) { return harmonic(y, s, h, [&](V a) { return arima_path(a, 1, h, m); }); }}},
      {"stl-ets", {"MSTL with ETS", [](V y, S s, int h, M m) { return decomposed(y, s, false, [&](V a) { return ets_path(a, 1, EtsScope::without_season, h, m); }); }}},
      {"log-stl-ets", {"MSTL on logs with ETS", [](V y, S s, int h, M m) { return logged(y, [&](V z) { return decomposed(z, s, false, [&](V a) { return ets_path(a, 1, EtsScope::without_season, h, m); }); }); }}},
      {"stl-theta", {"MSTL with theta", [](V y, S s, int h, M m) { return decomposed(y, s, false, [&](V a) { return theta_path(a, h, m); }); }}},
      {"log-stl-theta", {"MSTL on logs with theta", [](V y, S s, int h, M m) { return logged(y, [&](V z) { return decomposed(z, s, false, [&](V a) { return theta_path(a, h, m); }); }); }}},
      {"stl-damped", {"MSTL with a damped trend", [](V y, S s, int h, M) { return decomposed(y, s, false, [&](V a) { return fit_damped_trend(a).forecast(h); }); }}},
      {"robust-stl-arima", {"robust MSTL with ARIMA", [](V y, S s, int h, M m) { return decomposed(y, s, true, [&](V a) { return arima_path(a, 1, h, m); }); }}},
      {"log-stl-arima", {"MSTL on logs with ARIMA", [](V y, S s, int h, M m) { return logged(y, [&](V z) { return decomposed(z, s, false, [&](V a) { return arima_path(a, 1, h, m); }); }); }}},
      {"tsb", {"Teunter-Syntetos-Babai for sparse demand", [](V y, S, int h, M) { return std::all_of(y.begin(), y.end(), [](double v) { return v >= 0; }) ? forecast_tsb(y, h) : Path{}; }}},
      {"delta", {"growth by phase", [](V y, S s, int h, M) { return forecast_delta(y, s, h); }}},
      {"phases", {"regression on phases and own past", [](V y, S s, int h, M) { return forecast_phase_regression(y, s, h); }}},
      {"lags", {"regression on own past", [](V y, S s, int h, M) { return forecast_lag_regression(y, s, h, 1e-3); }}},
      {"ridge-lags", {"ridge regression on own past", [](V y, S s, int h, M) { return forecast_lag_regression(y, s, h, 3e-2); }}},
      {"card", {"calibrated mean of growth and phase regressions", [](V y, S s, int h, M) { return card(y, s, forecast_delta(y, s, h), forecast_phase_regression(y, s, h)); }}},
      {"card-lags", {"calibrated mean of lag and phase regressions", [](V y, S s, int h, M) { return card(y, s, forecast_lag_regression(y, s, h, 1e-3), forecast_phase_regression(y, s, h)); }}},
      {"calibrated-lags", {"calibrated regression on own past", [](V y, S s, int h, M) { return calibrate(y, forecast_lag_regression(y, s, h, 1e-2), s); }}},
      {"similar-days", {"regression on similar days", [](V y, S s, int h, M) { return s.size() > 1 ? forecast_similar_days(y, s[0], s[1], h, true) : Path{}; }}},
      {"similar-days-plain", {"regression on similar days without logs", [](V y, S s, int h, M) { return s.size() > 1 ? forecast_similar_days(y, s[0], s[1], h, false) : Path{}; }}},
      {"calibrated-days", {"calibrated regression on similar days", [](V y, S s, int h, M) {
         const Path first = s.size() > 1 ? forecast_similar_days(y, s[0], s[1], h, true) : Path{};
         return first.empty() ? first : calibrate(y, first, s);
       }}},
      {"shape", {"level times shape", [](V y, S s, int h, M) { return forecast_level_times_shape(y, s[0], s[0] == 7 ? 52 : s.size() > 1 ? s[1] / s[0] : 1, h); }}},
  };
  return all;
}

bool is_day(int season) {
  for (const int steps : {24, 48, 72, 96, 144, 288, 720, 1440})
    if (season == steps) return true;
  return false;
}

}  // namespace

Plan make_plan(Values y, int season) {
  Plan plan;
  const int n = static_cast<int>(y.size());
  if (is_sparse(y, season)) return {Kind::sparse, {1}, {"tsb"}};
  const bool week_of_days = season % 7 == 0 && is_day(season / 7);
  const int day = is_day(season) ? season : week_of_days ? season / 7 : 0;
  if (day > 0 && n >= 3 * 7 * day) {
    plan = {Kind::day_and_week, {day, 7 * day}, {"similar-days", "similar-days-plain", "calibrated-days", "log-stl-arima", "card-lags", "shape", "ridge-lags"}};
  } else if (day > 0 && n >= 2 * day + 4) {
    plan = {Kind::seasonal, {day}, {"stl-theta", "ets", "stl-ets", "card-lags", "seasonal-naive", "theta", "adjusted-arima"}};
  } else if (season < 2 || n < 2 * season + 2) {
    plan = {Kind::nonseasonal, {1}, {"drift", "theta", "ets", "ces", "arima", "card", "log-theta", "log-ces", "log-ets"}};
  } else if (season > 13) {
    plan = {Kind::long_season, {season}, {"adjusted-ets", "log-stl-ets", "lags", "adjusted-arima", "stl-ets", "trend-ces"}};
  } else if (n >= 30 * season && n >= 200) {
    plan = {Kind::long_short_season, {season}, {"ces", "adjusted-arima", "robust-stl-arima", "log-ces", "shape", "phases", "arima"}};
  } else {
    plan = {Kind::seasonal, {season}, {"card-lags", "ets", "stl-theta", "adjusted-arima", "seasonal-naive", "ces", "lags", "theta"}};
  }
  return plan;
}

std::vector<std::string> member_names() {
  std::vector<std::string> names;
  for (const auto& [name, member] : members()) names.push_back(name);
  return names;
}

std::string member_title(const std::string& name) {
  const auto found = members().find(name);
  return found == members().end() ? name : found->second.title;
}

std::vector<double> run_member(const std::string& name, Values y, const std::vector<int>& seasons, int horizon, Memory& memory) {
  const auto found = members().find(name);
  if (found == members().end() || y.empty()) return {};
  std::vector<double> out = found->second.run(y, seasons, horizon, memory);
  memory.chosen = true;
  const auto [low, high] = std::minmax_element(y.begin(), y.end());
  const double room = 2 * (*high - *low), least = *low >= 0 ? 0 : *low - room;
  for (double& v : out) {
    if (!std::isfinite(v)) return {};
    v = std::clamp(v, std::max(least, *low - room), *high + room);
  }
  return out;
}

}  // namespace tonnage::forecast
