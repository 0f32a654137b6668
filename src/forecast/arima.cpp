#include "arima.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <map>

#include "arma_likelihood.hpp"

namespace tonnage::forecast {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<double> difference(Values y, int lag) {
  std::vector<double> out;
  for (std::size_t i = static_cast<std::size_t>(lag); i < y.size(); ++i) out.push_back(y[i] - y[i - static_cast<std::size_t>(lag)]);
  return out;
}

std::vector<double> differenced(Values y, const ArimaOrder& o) {
  std::vector<double> w(y.begin(), y.end());
  for (int i = 0; i < o.seasonal_d; ++i) w = difference(w, o.season);
  for (int i = 0; i < o.d; ++i) w = difference(w, 1);
  return w;
}

/// Partial autocorrelations to coefficients (Durbin-Levinson; Monahan 1984).
std::vector<double> to_coefficients(const double* partial, int count) {
  std::vector<double> c(count), old;
  for (int k = 0; k < count; ++k) {
    const double r = std::tanh(partial[k]);
    old = c;
    c[k] = r;
    for (int j = 0; j < k; ++j) c[j] = old[j] - r * old[k - 1 - j];
  }
  return c;
}

/// A polynomial 1 - sum c_i B^i as its terms at non-zero lags.
struct Terms {
  std::vector<int> lag;
  std::vector<double> weight;
  int longest = 0;
};

/// (1 - sum a_i B^i)(1 - sum s_j B^{jm}) = 1 - terms.
Terms product(const std::vector<double>& a, const std::vector<double>& s, int season) {
  Terms out;
  const auto add = [&](int lag, double weight) {
    out.lag.push_back(lag), out.weight.push_back(weight);
    out.longest = std::max(out.longest, lag);
  };
  for (std::size_t i = 0; i < a.size(); ++i) add(static_cast<int>(i) + 1, a[i]);
  for (std::size_t j = 0; j < s.size(); ++j) {
    const int base = (static_cast<int>(j) + 1) * season;
    add(base, s[j]);
    for (std::size_t i = 0; i < a.size(); ++i) add(base + static_cast<int>(i) + 1, -s[j] * a[i]);
  }
  return out;
}

struct Polynomials {
  Terms ar, ma;
};

Polynomials polynomials(const ArimaOrder& o, const std::vector<double>& x) {
  const double* at = x.data();
  const std::vector<double> ar = to_coefficients(at, o.p), ma = to_coefficients(at + o.p, o.q);
  const std::vector<double> sar = to_coefficients(at + o.p + o.q, o.seasonal_p), sma = to_coefficients(at + o.p + o.q + o.seasonal_p, o.seasonal_q);
  return {product(ar, sar, o.season), product(ma, sma, o.season)};
}

/// Residuals: e_t = w_t - mean - sum ar (w - mean) + sum ma e, with MA written as 1 - terms and zeros before the start of e.
void residuals(const std::vector<double>& w, double mean, const Polynomials& p, int skip, std::vector<double>& e) {
  const int n = static_cast<int>(w.size()), whole = std::clamp(std::max(p.ar.longest, p.ma.longest), skip, std::max(n, skip));
  e.assign(n, 0.0);
  const double *const x = w.data(), *const a = p.ar.weight.data(), *const b = p.ma.weight.data();
  const int *const al = p.ar.lag.data(), *const bl = p.ma.lag.data(), na = static_cast<int>(p.ar.lag.size()), nb = static_cast<int>(p.ma.lag.size());
  double* const out = e.data();
  for (int t = skip; t < std::min(whole, n); ++t) {
    double value = x[t] - mean;
    for (int i = 0; i < na; ++i)
      if (t >= al[i]) value -= a[i] * (x[t - al[i]] - mean);
    for (int i = 0; i < nb; ++i)
      if (t >= bl[i]) value += b[i] * out[t - bl[i]];
    out[t] = value;
  }
  for (int t = whole; t < n; ++t) {  // every term reaches back to a value
    double value = x[t] - mean;
    for (int i = 0; i < na; ++i) value -= a[i] * (x[t - al[i]] - mean);
    for (int i = 0; i < nb; ++i) value += b[i] * out[t - bl[i]];
    out[t] = value;
  }
}

double sum_of_squares(const std::vector<double>& e) {
  double sum = 0;
  for (const double v : e) sum += v * v;
  return sum;
}

/// Gauss-Newton with Levenberg's damping on the residuals; derivatives by differences.
double fit(const std::vector<double>& w, ArimaModel& m, int skip, int rounds) {
  const int k = static_cast<int>(m.partial.size()) + m.order.constant, n = static_cast<int>(w.size());
  double spread = 0;
  for (const double v : w) spread += std::abs(v) / n;
  std::vector<double> x = m.partial, e, shifted;
  if (m.order.constant) x.push_back(m.mean);
  const auto run = [&](const std::vector<double>& at, std::vector<double>& out) {
    residuals(w, m.order.constant ? at.back() : 0.0, polynomials(m.order, at), skip, out);
    return sum_of_squares(out);
  };
  double cost = run(x, e), damping = 1e-3;
  if (k == 0) return cost;
  std::vector<double> jacobian(static_cast<std::size_t>(n) * k);
  for (int round = 0; round < rounds; ++round) {
    for (int j = 0; j < k; ++j) {
      std::vector<double> moved = x;
      const double h = j < static_cast<int>(m.partial.size()) ? 1e-5 : 1e-5 * (spread + 1e-300);
      moved[j] += h;
      run(moved, shifted);
      for (int t = 0; t < n; ++t) jacobian[static_cast<std::size_t>(t) * k + j] = (shifted[t] - e[t]) / h;
    }
    LeastSquares step(k);
    for (int t = skip; t < n; ++t) step.add(jacobian.data() + static_cast<std::size_t>(t) * k, -e[t]);
    for (int j = 0; j < k; ++j) step.ridge(j, damping * (step.diagonal(j) + 1e-12));
    const std::vector<double> d = step.solve();
    std::vector<double> next = x;
    for (int j = 0; j < k; ++j) next[j] = j < static_cast<int>(m.partial.size()) ? std::clamp(x[j] + std::clamp(d[j], -1.0, 1.0), -3.0, 3.0) : x[j] + d[j];
    const double trial = run(next, shifted);
    if (trial < cost) {
      const bool small = cost - trial < 1e-6 * cost;
      x = next, cost = trial, e = shifted, damping = std::max(damping * 0.2, 1e-8);
      if (small) break;
    } else {
      damping *= 10;
      if (damping > 1e3) break;
    }
  }
  if (m.order.constant) m.mean = x.back(), x.pop_back();
  m.partial = x;
  return cost;
}

/// KPSS statistic for level stationarity with Bartlett weights up to 3 sqrt(n) / 13 (Kwiatkowski et al. 1992).
double kpss(const std::vector<double>& w) {
  const int n = static_cast<int>(w.size());
  const double mean = mean_of(w);
  double sum = 0, squares = 0, variance = 0;
  std::vector<double> e;
  for (const double v : w) e.push_back(v - mean), sum += e.back(), squares += sum * sum, variance += e.back() * e.back();
  const int lags = static_cast<int>(3 * std::sqrt(static_cast<double>(n)) / 13);
  for (int l = 1; l <= lags; ++l) {
    double c = 0;
    for (int t = l; t < n; ++t) c += e[t] * e[t - l];
    variance += 2 * (1 - l / (lags + 1.0)) * c;
  }
  return variance > 0 ? squares / n / variance : 0;
}

/// Strength of the season: 1 - var(remainder) / var(remainder + season), by classical decomposition.
double seasonal_strength(Values y, int m) {
  const int n = static_cast<int>(y.size()), half = m / 2;
  if (n < 2 * m + 1) return 0;
  std::vector<double> detrended, sum(m, 0.0), count(m, 0.0);
  for (int i = half; i + half < n; ++i) {
    double average = 0;
    for (int k = i - half; k <= i + half; ++k) average += y[k];
    if (m % 2 == 0) average -= 0.5 * (y[i - half] + y[i + half]);
    detrended.push_back(y[i] - average / m);
    sum[i % m] += detrended.back(), count[i % m] += 1;
  }
  double mean = mean_of(detrended), whole = 0, rest = 0;
  for (std::size_t i = 0; i < detrended.size(); ++i) {
    const int j = static_cast<int>(i + half) % m;
    const double r = detrended[i] - sum[j] / count[j];
    rest += r * r, whole += (detrended[i] - mean) * (detrended[i] - mean);
  }
  return whole > 0 ? 1 - rest / whole : 0;
}

/// Coefficients by lag from the sparse terms.
std::vector<double> dense(const Terms& terms, double sign) {
  std::vector<double> out(terms.longest, 0.0);
  for (std::size_t i = 0; i < terms.lag.size(); ++i) out[terms.lag[i] - 1] += sign * terms.weight[i];
  return out;
}

ArmaLikelihood exact(const std::vector<double>& w, const ArimaOrder& o, const std::vector<double>& partial, double mean) {
  std::vector<double> centred = w;
  for (double& v : centred) v -= mean;
  const Polynomials p = polynomials(o, partial);
  return arma_likelihood(centred, dense(p.ar, 1), dense(p.ma, -1));
}

/// Improves the parameters by the exact likelihood; returns its cost.
double refine(const std::vector<double>& w, ArimaModel& m, int evaluations) {
  std::vector<double> x = m.partial;
  if (m.order.constant) x.push_back(m.mean);
  double spread = 0;
  for (const double v : w) spread += std::abs(v - mean_of(w)) / static_cast<double>(w.size());
  if (x.empty()) return exact(w, m.order, x, 0).cost();
  std::vector<double> step(x.size(), 0.2);
  if (m.order.constant) step.back() = 0.2 * spread + 1e-9;
  const double cost = nelder_mead(x, step, evaluations, 1e-6, [&](const std::vector<double>& at) {
    for (std::size_t i = 0; i < m.partial.size(); ++i)
      if (std::abs(at[i]) > 3) return infinity;
    return exact(w, m.order, at, m.order.constant ? at.back() : 0).cost();
  });
  if (m.order.constant) m.mean = x.back(), x.pop_back();
  m.partial = x;
  return cost;
}

/// Short series without a season are fitted exactly while orders are compared; others by conditional squares.
bool worth_exact(const std::vector<double>& w, const ArimaOrder& o) { return o.season == 1 && w.size() <= 160; }

ArimaModel try_order(const std::vector<double>& w, const ArimaOrder& o) {
  ArimaModel m;
  m.order = o;
  m.partial.assign(o.p + o.q + o.seasonal_p + o.seasonal_q, 0.1);
  m.mean = o.constant ? mean_of(w) : 0;
  const int n = static_cast<int>(w.size()), skip = std::min(o.p + o.season * o.seasonal_p, n / 3);
  const double squares = fit(w, m, skip, 8);
  const double k = static_cast<double>(m.partial.size()) + o.constant + 1;
  if (worth_exact(w, o)) {
    const double cost = refine(w, m, 20 * static_cast<int>(k));
    m.fitted = std::isfinite(cost) && n - k - 1 > 0;
    m.aicc = m.fitted ? cost + 2 * k * n / (n - k - 1) : infinity;
    return m;
  }
  const double used = n - skip;
  m.variance = squares / used;
  m.fitted = std::isfinite(squares) && used - k - 1 > 0;
  // Likelihood per value, times the values that every order is compared on.
  m.aicc = m.fitted ? n * std::log(std::max(m.variance, 1e-300)) + 2 * k * n / (n - k - 1) : infinity;
  return m;
}

class Search {
 public:
  Search(Values y, ArimaOrder base) : base_(base), w_(differenced(y, base)) {}

  std::vector<ArimaModel> run(int most) {
    const bool seasonal = base_.season > 1;
    const bool constant = base_.d + base_.seasonal_d <= 1;
    consider(2, 2, seasonal, seasonal, constant);
    consider(0, 0, 0, 0, constant);
    consider(1, 0, seasonal, 0, constant);
    consider(0, 1, 0, seasonal, constant);
    if (constant) consider(0, 0, 0, 0, false);
    for (int tried = 0; tried < 12; ++tried)
      if (!improve()) break;
    std::stable_sort(tried_.begin(), tried_.end(), [](const ArimaModel& a, const ArimaModel& b) { return a.aicc < b.aicc; });
    keep_likely(tried_, most);
    return std::move(tried_);
  }

 private:
  bool consider(int p, int q, int sp, int sq, bool constant) {
    if (p < 0 || q < 0 || sp < 0 || sq < 0 || p > 5 || q > 5 || sp > 2 || sq > 2 || p + q + sp + sq > 6) return false;
    if (base_.season < 2 && sp + sq > 0) return false;
    if (static_cast<int>(w_.size()) < 3 + p + q + 2 * (sp + sq) + base_.season * std::max(sp, sq)) return false;
    if (!seen_.emplace(std::array{p, q, sp, sq, static_cast<int>(constant)}, true).second) return false;
    ArimaOrder o = base_;
    o.p = p, o.q = q, o.seasonal_p = sp, o.seasonal_q = sq, o.constant = constant;
    const ArimaModel m = try_order(w_, o);
    if (m.fitted) tried_.push_back(m);
    if (!m.fitted || (best_.fitted && m.aicc >= best_.aicc)) return false;
    best_ = m;
    return true;
  }

  bool improve() {
    static constexpr int moves[][4] = {{0, 0, 1, 0}, {0, 0, -1, 0}, {0, 0, 0, 1}, {0, 0, 0, -1}, {0, 0, 1, 1}, {0, 0, -1, -1}, {1, 0, 0, 0},
                                       {-1, 0, 0, 0}, {0, 1, 0, 0}, {0, -1, 0, 0}, {1, 1, 0, 0}, {-1, -1, 0, 0}, {1, -1, 0, 0}, {-1, 1, 0, 0}};
    const ArimaOrder o = best_.order;
    for (const auto& d : moves)
      if (consider(o.p + d[0], o.q + d[1], o.seasonal_p + d[2], o.seasonal_q + d[3], o.constant)) return true;
    return o.d + o.seasonal_d <= 1 && consider(o.p, o.q, o.seasonal_p, o.seasonal_q, !o.constant);
  }

  ArimaOrder base_;
  std::vector<double> w_;
  ArimaModel best_;
  std::vector<ArimaModel> tried_;
  std::map<std::array<int, 5>, bool> seen_;
};

}  // namespace

std::string ArimaOrder::name() const {
  std::string out = fmt::format("ARIMA({},{},{})", p, d, q);
  if (season > 1 && seasonal_p + seasonal_d + seasonal_q > 0) out += fmt::format("({},{},{}){}", seasonal_p, seasonal_d, seasonal_q, season);
  return out + (constant ? d + seasonal_d > 0 ? " with drift" : " with mean" : "");
}

std::vector<ArimaModel> choose_arima(Values y, int season, int most) {
  ArimaOrder base;
  const int n = static_cast<int>(y.size());
  if (n < 5) return {};
  base.season = season >= 2 && n >= 2 * season + 5 ? season : 1;
  if (base.season > 1 && seasonal_strength(y, season) > 0.64) base.seasonal_d = 1;
  for (base.d = 0; base.d < 2; ++base.d) {
    const std::vector<double> w = differenced(y, base);
    if (w.size() < 4 || kpss(w) < 0.463) break;
  }
  return Search(y, base).run(most);
}

ArimaModel refit_arima(Values y, const ArimaModel& start) {
  ArimaModel m = start;
  const std::vector<double> w = differenced(y, m.order);
  const int n = static_cast<int>(w.size()), skip = std::min(m.order.p + m.order.season * m.order.seasonal_p, n / 3);
  if (n - skip < static_cast<int>(m.partial.size()) + 3) return start;
  fit(w, m, skip, 3);
  if (worth_exact(w, m.order)) refine(w, m, 15 * static_cast<int>(m.partial.size() + 1));
  return m;
}

std::vector<double> forecast_arima(Values y, const std::vector<ArimaModel>& models, int horizon) {
  if (models.empty()) return std::vector<double>(horizon, y.empty() ? 0.0 : y.back());
  std::vector<double> out(horizon, 0.0);
  for (const ArimaModel& m : models) {
    const std::vector<double> one = forecast_arima(y, m, horizon);
    for (int k = 0; k < horizon; ++k) out[k] += m.weight * one[k];
  }
  return out;
}

std::vector<double> forecast_arima(Values y, const ArimaModel& m, int horizon) {
  std::vector<double> out(horizon, y.empty() ? 0.0 : y.back());
  const ArimaOrder& o = m.order;
  const int lost = o.d + o.season * o.seasonal_d, n = static_cast<int>(y.size());
  if (!m.fitted || n <= lost) return out;
  std::vector<double> w = differenced(y, o), e;
  const Polynomials p = polynomials(o, m.partial);
  const double mean = o.constant ? m.mean : 0;
  residuals(w, mean, p, std::min(o.p + o.season * o.seasonal_p, static_cast<int>(w.size()) / 3), e);
  std::vector<double> path(y.begin(), y.end()), ahead;
  if (worth_exact(w, o)) ahead = arma_ahead(exact(w, o, m.partial, mean), dense(p.ar, 1), horizon);
  for (int k = 0; k < horizon; ++k) {
    const int t = static_cast<int>(w.size());
    double value = 0;
    for (std::size_t i = 0; i < p.ar.lag.size(); ++i)
      if (t >= p.ar.lag[i]) value += p.ar.weight[i] * (w[t - p.ar.lag[i]] - mean);
    for (std::size_t i = 0; i < p.ma.lag.size(); ++i)
      if (t >= p.ma.lag[i]) value -= p.ma.weight[i] * e[t - p.ma.lag[i]];
    w.push_back((ahead.empty() ? value : ahead[k]) + mean);
    e.push_back(0);
    // (1 - B)^d (1 - B^m)^D y = w, solved for the newest y.
    double next = w.back();
    const std::array<double, 3> binomial = o.d == 0 ? std::array{1.0, 0.0, 0.0} : o.d == 1 ? std::array{1.0, -1.0, 0.0} : std::array{1.0, -2.0, 1.0};
    const int now = n + k;
    for (int i = 0; i <= o.d; ++i)
      for (int s = 0; s <= o.seasonal_d; ++s)
        if (i + s > 0) next -= binomial[i] * (s == 0 ? 1 : -1) * path[now - i - s * o.season];
    path.push_back(next);
    out[k] = next;
  }
  return out;
}

}  // namespace tonnage::forecast
