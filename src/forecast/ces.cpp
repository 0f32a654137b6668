#include "ces.hpp"

#include <limits>

namespace tonnage::forecast {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct State {
  double level = 0, potential = 0;
  std::vector<double> season, season_potential;  ///< by phase
};

/// What a pass needs of the form, known when it is compiled. `own`: level and potential without season; `pair`: the season has a potential.
template <bool own, bool seasonal, bool pair>
double pass(Values y, const CesModel& p, State& s, int step) {
  const int n = static_cast<int>(y.size()), m = static_cast<int>(s.season.size());
  const double a0 = p.parameter[0], a1 = p.parameter[1];
  const double b0 = !own ? a0 : p.parameter.size() > 2 ? p.parameter[2] : 0;
  const double b1 = !own ? a1 : p.parameter.size() > 3 ? p.parameter[3] : 0;
  double squares = 0, level = s.level, potential = s.potential, *const season = s.season.data(), *const season_potential = s.season_potential.data();
  int phase = !seasonal || step > 0 ? 0 : (n - 1) % m;
  for (int i = 0, t = step > 0 ? 0 : n - 1; i < n; ++i, t += step) {
    const double e = y[t] - (own ? level : 0) - (seasonal ? season[phase] : 0);
    squares += e * e;
    if (own) {
      const double l = level, c = potential;
      level = l - (1 - a1) * c + (a0 - a1) * e;
      potential = l + (1 - a0) * c + (a0 + a1) * e;
    }
    if (!seasonal) continue;
    if (pair) {
      const double l = season[phase], c = season_potential[phase];
      season[phase] = l - (1 - b1) * c + (b0 - b1) * e;
      season_potential[phase] = l + (1 - b0) * c + (b0 + b1) * e;
    } else {
      season[phase] += b0 * e;
    }
    phase += step;
    if (phase == m) phase = 0;
    if (phase < 0) phase = m - 1;
  }
  s.level = level, s.potential = potential;
  return squares;
}

/// One pass; returns the sum of squared errors. l_t = l - (1 - a1) c + (a0 - a1) e; c_t = l + (1 - a0) c + (a0 + a1) e, and the
/// same with lag m for the seasonal pair; partial: s_t = s_{t-m} + b0 e.
double filter(Values y, const CesModel& p, State& s, int step) {
  if (s.season.empty()) return pass<true, false, false>(y, p, s, step);
  if (p.season == CesSeason::simple) return pass<false, true, true>(y, p, s, step);
  return p.season == CesSeason::full ? pass<true, true, true>(y, p, s, step) : pass<true, true, false>(y, p, s, step);
}

State first_state(Values y, int season, const CesModel& p) {
  State s;
  const int n = static_cast<int>(y.size());
  if (p.season == CesSeason::none) {
    s.level = mean_of(y.first(std::min(n, 10)));
    s.potential = s.level / 1.1;
    return s;
  }
  const int m = season;
  s.level = mean_of(y.first(std::min(n, m)));
  s.potential = s.level / 1.1;
  s.season.assign(m, 0.0);
  const int seasons = std::min(n / m, 3);
  for (int k = 0; k < seasons; ++k) {
    const double mean = mean_of(y.subspan(static_cast<std::size_t>(k) * m, m));
    for (int j = 0; j < m; ++j) s.season[j] += (y[k * m + j] - (p.season == CesSeason::simple ? 0 : mean)) / seasons;
  }
  s.season_potential = s.season;
  for (double& c : s.season_potential) c /= 1.1;
  return s;
}

State backcast(Values y, const CesModel& p, const State& rough) {
  State s = rough;
  filter(y, p, s, 1);
  filter(y, p, s, -1);
  return s;
}

bool allowed(const CesModel& p) {
  const auto inside = [&](std::size_t i) { return p.parameter[i] > 0.01 && p.parameter[i] < 1.8 && p.parameter[i + 1] > 0.01 && p.parameter[i + 1] < 1.9; };
  if (!inside(0)) return false;
  if (p.season == CesSeason::partial) return p.parameter[2] > 0.001 && p.parameter[2] < 1.5;
  return p.season != CesSeason::full || inside(2);
}

double fit(Values y, int season, CesModel& p, int evaluations) {
  const State rough = first_state(y, season, p);
  CesModel trial = p;
  double total = 0;
  for (const double v : y) total += v * v;
  std::vector<double> x = p.parameter, step{-0.2, 0.05, 0.1, 0.1};
  step.resize(x.size());
  const double cost = nelder_mead(x, step, evaluations, 1e-6, [&](const std::vector<double>& at) {
    trial.parameter = at;
    if (!allowed(trial)) return infinity;
    State s = backcast(y, trial, rough);
    if (!(std::abs(s.level) < 1e100)) return infinity;
    const double squares = filter(y, trial, s, 1);
    return squares < 1e6 * total ? squares : infinity;
  });
  p.parameter = x;
  p.fitted = std::isfinite(cost) && allowed(p);
  return cost;
}

}  // namespace

CesModel choose_ces(Values y, int season) {
  CesModel best;
  best.aicc = infinity;
  const int n = static_cast<int>(y.size());
  std::vector<CesSeason> forms{CesSeason::none};
  if (season >= 2 && n >= 2 * season + 4) forms = {CesSeason::none, CesSeason::simple, CesSeason::partial, CesSeason::full};
  for (const CesSeason form : forms) {
    CesModel p;
    p.season = form;
    if (form == CesSeason::partial) p.parameter.push_back(0.1);
    if (form == CesSeason::full) p.parameter.insert(p.parameter.end(), {1.3, 1.0});
    const double squares = fit(y, season, p, 60 * static_cast<int>(p.parameter.size()));
    const double states = form == CesSeason::none ? 2 : form == CesSeason::simple ? 2 * season : form == CesSeason::partial ? 2 + season : 2 + 2 * season;
    const double k = states + static_cast<double>(p.parameter.size()) + 1;
    if (!p.fitted || n - k - 1 <= 0) continue;
    p.aicc = n * std::log(std::max(squares / n, 1e-300)) + 2 * k + 2 * k * (k + 1) / (n - k - 1);
    if (p.aicc < best.aicc) best = p;
  }
  return best;
}

CesModel refit_ces(Values y, int season, const CesModel& start) {
  CesModel p = start;
  fit(y, season, p, 25 * static_cast<int>(p.parameter.size()));
  return p.fitted ? p : start;
}

std::vector<double> forecast_ces(Values y, int season, const CesModel& p, int horizon) {
  std::vector<double> out(horizon, y.empty() ? 0.0 : y.back());
  if (!p.fitted || y.empty()) return out;
  State s = backcast(y, p, first_state(y, season, p));
  filter(y, p, s, 1);
  const int n = static_cast<int>(y.size()), m = static_cast<int>(s.season.size());
  const bool own = p.season != CesSeason::simple;
  for (int k = 0; k < horizon; ++k) {
    const int phase = m > 0 ? (n + k) % m : 0;
    out[k] = (own ? s.level : 0) + (m > 0 ? s.season[phase] : 0);
    // With no errors ahead the states turn on their own.
    if (own) {
      const double l = s.level, c = s.potential;
      s.level = l - (1 - p.parameter[1]) * c;
      s.potential = l + (1 - p.parameter[0]) * c;
    }
    if (m > 0 && (p.season == CesSeason::simple || p.season == CesSeason::full)) {
      const std::size_t at = p.season == CesSeason::full ? 2 : 0;
      const double l = s.season[phase], c = s.season_potential[phase];
      s.season[phase] = l - (1 - p.parameter[at + 1]) * c;
      s.season_potential[phase] = l + (1 - p.parameter[at]) * c;
    }
  }
  return out;
}

}  // namespace tonnage::forecast
