#include "ets.hpp"

#include <limits>

namespace tonnage::forecast {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct State {
  double level = 0, trend = 0;
  std::vector<double> season;  ///< by phase t mod m; empty: none
};

/// Sums that the likelihood is made of.
struct Run {
  double squares = 0, logs = 0;
};

double combine(char season, double base, double index) { return season == 'N' ? base : season == 'A' ? base + index : base * index; }

/// Sum of logarithms of positive numbers: of their product, as long as that keeps within the range of numbers.
class LogSum {
 public:
  void add(double x) {
    if (x > 1e100 || x < 1e-100) {
      sum_ += std::log(x);
      return;
    }
    product_ *= x;
    if (product_ > 1e150 || product_ < 1e-150) sum_ += std::log(product_), product_ = 1;
  }
  double value() const { return sum_ + std::log(product_); }

 private:
  double sum_ = 0, product_ = 1;
};

/// What a pass needs of the form, known when it is compiled: half the time of a fit.
template <char season, bool trend, bool relative, bool scored>
Run pass(Values y, const EtsModel& p, State& s, int step, std::vector<double>* errors) {
  const int n = static_cast<int>(y.size()), m = static_cast<int>(s.season.size());
  const double phi = p.form.damped ? p.phi : 1.0, alpha = p.alpha, beta = p.beta, gamma = p.gamma;
  double level = s.level, slope = s.trend, *const indices = s.season.data();
  Run run;
  LogSum logs;
  int phase = season == 'N' || step > 0 ? 0 : (n - 1) % m;
  for (int i = 0, t = step > 0 ? 0 : n - 1; i < n; ++i, t += step) {
    const double b = trend ? phi * slope : 0, base = level + b, index = season != 'N' ? indices[phase] : 0;
    const double mu = combine(season, base, index);
    const double e = y[t] - mu;
    const double per_level = season == 'M' ? e / (index != 0 ? index : 1e-10) : e;
    if (scored && relative) logs.add(std::abs(mu) + 1e-300), run.squares += (e / mu) * (e / mu);
    if (scored && !relative) run.squares += e * e;
    if (scored && errors != nullptr) errors->push_back(e);
    level = base + alpha * per_level;
    if (trend) slope = b + beta * per_level;
    if (season == 'N') continue;
    indices[phase] = index + gamma * (season == 'M' ? e / (base != 0 ? base : 1e-10) : e);
    phase += step;
    if (phase == m) phase = 0;
    if (phase < 0) phase = m - 1;
  }
  s.level = level, s.trend = slope;
  run.logs = logs.value();
  return run;
}

template <char season, bool trend>
Run pass_of(Values y, const EtsModel& p, State& s, int step, std::vector<double>* errors, bool scored) {
  if (!scored) return pass<season, trend, false, false>(y, p, s, step, errors);
  return p.form.multiplicative_error ? pass<season, trend, true, true>(y, p, s, step, errors) : pass<season, trend, false, true>(y, p, s, step, errors);
}

/// One pass over the series, forwards (or backwards when `step` is -1), from `state` to the state at its other end.
/// Error correction form: x_t = F x_{t-1} + g e_t (Hyndman et al. 2008, table 2.2 and 2.3).
/// `scored`: what the likelihood needs is added up, else only the state matters.
Run filter(Values y, const EtsModel& p, State& s, int step, std::vector<double>* errors = nullptr, bool scored = true) {
  const char season = s.season.empty() ? 'N' : p.form.season;
  const bool trend = p.form.trend;
  if (season == 'A') return trend ? pass_of<'A', true>(y, p, s, step, errors, scored) : pass_of<'A', false>(y, p, s, step, errors, scored);
  if (season == 'M') return trend ? pass_of<'M', true>(y, p, s, step, errors, scored) : pass_of<'M', false>(y, p, s, step, errors, scored);
  return trend ? pass_of<'N', true>(y, p, s, step, errors, scored) : pass_of<'N', false>(y, p, s, step, errors, scored);
}

/// Seasonal indices by classical decomposition of the first seasons, then a line through the first adjusted values.
State first_state(Values y, int season, const EtsForm& form) {
  State s;
  const int n = static_cast<int>(y.size()), m = form.season == 'N' ? 0 : season;
  std::vector<double> adjusted(y.begin(), y.end());
  if (m > 0) {
    const bool times = form.season == 'M';
    std::vector<double> sum(m, 0.0), count(m, 0.0);
    const int half = m / 2;
    for (int i = half; i + half < n; ++i) {
      double average = 0;
      for (int k = i - half; k <= i + half; ++k) average += y[k];
      if (m % 2 == 0) average -= 0.5 * (y[i - half] + y[i + half]);
      average /= m;
      if (times && !(average > 0)) continue;
      sum[i % m] += times ? y[i] / average : y[i] - average;
      count[i % m] += 1;
    }
    s.season.assign(m, times ? 1.0 : 0.0);
    double mean = 0;
    for (int j = 0; j < m; ++j) {
      if (count[j] > 0) s.season[j] = sum[j] / count[j];
      mean += s.season[j] / m;
    }
    for (double& v : s.season) v = times ? std::max(v / (mean > 0 ? mean : 1), 1e-2) : v - mean;
    for (int i = 0; i < n; ++i) adjusted[i] = times ? y[i] / s.season[i % m] : y[i] - s.season[i % m];
  }
  const int first = std::min(n, std::max(10, 2 * m));
  double ty = 0, sy = 0, tt = 0;
  for (int i = 0; i < first; ++i) sy += adjusted[i] / first;
  const double middle = 0.5 * (first - 1);
  for (int i = 0; i < first; ++i) ty += (i - middle) * (adjusted[i] - sy), tt += (i - middle) * (i - middle);
  s.trend = form.trend && tt > 0 ? ty / tt : 0;
  s.level = form.trend ? sy - s.trend * (middle + 1) : sy;
  return s;
}

/// The state before the first value: there and back again from a rough one.
State backcast(Values y, const EtsModel& p, const State& rough) {
  State s = rough;
  filter(y, p, s, 1, nullptr, false);
  s.trend = -s.trend;
  filter(y, p, s, -1, nullptr, false);
  s.trend = -s.trend;
  return s;
}

bool is_linear(const EtsForm& f) { return !f.multiplicative_error && f.season != 'M'; }

/// Initial states of a linear form by exact least squares: errors are linear in them.
State exact_state(Values y, const EtsModel& p, const State& rough) {
  const int n = static_cast<int>(y.size()), m = static_cast<int>(rough.season.size());
  const int states = 1 + p.form.trend + std::max(0, m - 1);  // seasonal states sum to zero: the last is minus the others
  State origin = rough;
  std::vector<double> base, response;
  base.reserve(n);
  filter(y, p, origin, 1, &base);
  const std::vector<double> zeros(n, 0.0);
  std::vector<double> design(static_cast<std::size_t>(n) * states);
  for (int j = 0; j < states; ++j) {
    State unit;
    unit.season.assign(m, 0.0);
    if (j == 0) unit.level = 1;
    else if (p.form.trend && j == 1) unit.trend = 1;
    else unit.season[j - 1 - p.form.trend] = 1, unit.season[m - 1] = -1;
    response.clear();
    filter(zeros, p, unit, 1, &response);
    for (int t = 0; t < n; ++t) design[static_cast<std::size_t>(t) * states + j] = -response[t];
  }
  LeastSquares fit(states);
  for (int t = 0; t < n; ++t) fit.add(design.data() + static_cast<std::size_t>(t) * states, base[t]);
  for (int j = 0; j < states; ++j) fit.ridge(j, 1e-9 * (fit.diagonal(j) + 1e-300));
  const std::vector<double> x = fit.solve();
  State s = rough;
  s.level += x[0];
  if (p.form.trend) s.trend += x[1];
  for (int j = 0; j + 1 < m; ++j) {
    s.season[j] += x[j + 1 + p.form.trend];
    s.season[m - 1] -= x[j + 1 + p.form.trend];
  }
  return s;
}

std::vector<double> to_point(const EtsModel& p) {
  std::vector<double> x{p.alpha};
  if (p.form.trend) x.push_back(p.beta / p.alpha);
  if (p.form.season != 'N') x.push_back(p.gamma / (1 - p.alpha));
  if (p.form.damped) x.push_back(p.phi);
  return x;
}

bool from_point(const std::vector<double>& x, EtsModel& p) {
  std::size_t i = 0;
  p.alpha = x[i++];
  if (p.alpha < 1e-4 || p.alpha > 0.9999) return false;
  if (p.form.trend) {
    const double share = x[i++];
    if (share < 1e-4 || share > 0.9999) return false;
    p.beta = share * p.alpha;
  }
  if (p.form.season != 'N') {
    const double share = x[i++];
    if (share < 1e-4 || share > 0.9999) return false;
    p.gamma = share * (1 - p.alpha);
  }
  if (p.form.damped) {
    p.phi = x[i++];
    if (p.phi < 0.8 || p.phi > 0.98) return false;
  }
  return true;
}

double cost_of(Values y, const EtsModel& p, State s) {
  const double n = static_cast<double>(y.size());
  const Run run = filter(y, p, s, 1);
  const double value = n * std::log(std::max(run.squares, 1e-300)) + 2 * run.logs;
  return std::isfinite(value) ? value : infinity;
}

double fit(Values y, int season, EtsModel& p, int evaluations) {
  const State rough = first_state(y, season, p.form);
  std::vector<double> x = to_point(p), step;
  for (const double v : x) step.push_back(v > 0.5 ? -0.1 : 0.1);
  if (p.form.damped) step.back() = x.back() > 0.9 ? -0.05 : 0.05;
  EtsModel trial = p;
  double cost = nelder_mead(x, step, evaluations, 1e-5, [&](const std::vector<double>& at) {
    return from_point(at, trial) ? cost_of(y, trial, backcast(y, trial, rough)) : infinity;
  });
  if (!from_point(x, p)) return infinity;
  if (is_linear(p.form)) cost = std::min(cost, cost_of(y, p, exact_state(y, p, rough)));
  p.fitted = std::isfinite(cost);
  return cost;
}

double aicc_of(double cost, const EtsForm& f, int n, int season) {
  const double k = 2 + 2 * f.trend + f.damped + (f.season == 'N' ? 0 : season) + 1;
  return n - k - 1 > 0 ? cost + 2 * k + 2 * k * (k + 1) / (n - k - 1) : infinity;
}

std::vector<EtsForm> forms_of(Values y, int season, EtsScope scope) {
  const bool positive = std::all_of(y.begin(), y.end(), [](double v) { return v > 0; });
  const int n = static_cast<int>(y.size());
  std::vector<char> seasons{'N'};
  if (scope != EtsScope::without_season && season >= 2 && n >= 2 * season + 3) {
    seasons = {'A'};
    if (positive && scope == EtsScope::all) seasons.push_back('M');
    if (n < 3 * season || season <= 12) seasons.push_back('N');
  }
  std::vector<EtsForm> forms;
  for (const char s : seasons)
    for (const bool relative : {false, true}) {
      if (relative ? (!positive || scope == EtsScope::additive || s == 'A') : s == 'M') continue;
      forms.push_back({relative, false, false, s});
      forms.push_back({relative, true, false, s});
      forms.push_back({relative, true, true, s});
    }
  return forms;
}

}  // namespace

std::string EtsForm::name() const {
  return std::string("ETS(") + (multiplicative_error ? "M," : "A,") + (trend ? damped ? "Ad," : "A," : "N,") + season + ")";
}

std::vector<EtsModel> choose_ets(Values y, int season, EtsScope scope, int most) {
  std::vector<EtsModel> tried;
  const int n = static_cast<int>(y.size());
  for (const EtsForm& form : forms_of(y, season, scope)) {
    EtsModel p;
    p.form = form;
    p.aicc = aicc_of(fit(y, season, p, 40 + 30 * static_cast<int>(to_point(p).size())), form, n, season);
    if (p.fitted && std::isfinite(p.aicc)) tried.push_back(p);
  }
  std::stable_sort(tried.begin(), tried.end(), [](const EtsModel& a, const EtsModel& b) { return a.aicc < b.aicc; });
  keep_likely(tried, most);
  return tried;
}

EtsModel refit_ets(Values y, int season, const EtsModel& start) {
  EtsModel p = start;
  fit(y, season, p, 15 + 15 * static_cast<int>(to_point(p).size()));
  return p.fitted ? p : start;
}

std::vector<double> forecast_ets(Values y, int season, const std::vector<EtsModel>& models, int horizon) {
  if (models.empty()) return std::vector<double>(horizon, y.empty() ? 0.0 : y.back());
  std::vector<double> out(horizon, 0.0);
  for (const EtsModel& p : models) {
    const std::vector<double> one = forecast_ets(y, season, p, horizon);
    for (int k = 0; k < horizon; ++k) out[k] += p.weight * one[k];
  }
  return out;
}

std::vector<double> forecast_ets(Values y, int season, const EtsModel& p, int horizon) {
  std::vector<double> out(horizon, y.empty() ? 0.0 : y.back());
  if (!p.fitted || y.empty()) return out;
  const State rough = first_state(y, season, p.form);
  State s = backcast(y, p, rough);
  if (is_linear(p.form)) {
    const State exact = exact_state(y, p, rough);
    if (cost_of(y, p, exact) < cost_of(y, p, s)) s = exact;
  }
  filter(y, p, s, 1);
  const int n = static_cast<int>(y.size()), m = static_cast<int>(s.season.size());
  double weight = 0, power = 1;
  for (int k = 0; k < horizon; ++k) {
    if (p.form.trend) power *= p.form.damped ? p.phi : 1, weight += power;
    out[k] = combine(m > 0 ? p.form.season : 'N', s.level + weight * s.trend, m > 0 ? s.season[(n + k) % m] : 0);
  }
  return out;
}

}  // namespace tonnage::forecast
