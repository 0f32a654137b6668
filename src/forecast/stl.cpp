#include "stl.hpp"

namespace tonnage::forecast {
namespace {

/// Loess of degree 1 at position x from the `span` nearest of n points with weights; falls back to the weighted mean.
double loess_at(const double* y, const double* w, int n, int span, double x) {
  const int q = std::min(span, n);
  int left = std::clamp(static_cast<int>(std::floor(x)) - (q - 1) / 2, 0, n - q);
  // Nearest q points around x.
  while (left > 0 && x - (left - 1) < (left + q - 1) - x) --left;
  while (left + q < n && (left + q) - x < x - left) ++left;
  double reach = std::max(x - left, left + q - 1 - x);
  if (span > n) reach += 0.5 * (span - n);
  const double far = 0.999 * reach, near = 0.001 * reach;
  double sw = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (int i = left; i < left + q; ++i) {
    const double d = std::abs(i - x);
    if (d > far) continue;
    double weight = 1;
    if (d > near) {
      const double r = d / reach, u = 1 - r * r * r;
      weight = u * u * u;
    }
    weight *= w[i];
    const double dx = i - x;
    sw += weight, sx += weight * dx, sy += weight * y[i], sxx += weight * dx * dx, sxy += weight * dx * y[i];
  }
  if (!(sw > 0)) return y[std::clamp(static_cast<int>(std::lround(x)), 0, n - 1)];
  const double centre = sx / sw, spread = sxx - sx * centre;
  if (!(spread > 1e-9 * reach * reach * sw)) return sy / sw;
  const double slope = (sxy - centre * sy) / spread;
  return sy / sw - slope * centre;
}

/// Loess at all points, computed at every `jump`-th and interpolated between.
std::vector<double> loess(const std::vector<double>& y, const std::vector<double>& w, int span, int jump) {
  const int n = static_cast<int>(y.size());
  std::vector<double> out(n);
  int last = 0;
  out[0] = loess_at(y.data(), w.data(), n, span, 0);
  for (int i = std::min(jump, n - 1); i > last; i = std::min(i + jump, n - 1)) {
    out[i] = loess_at(y.data(), w.data(), n, span, i);
    for (int k = last + 1; k < i; ++k) out[k] = out[last] + (out[i] - out[last]) * (k - last) / (i - last);
    last = i;
  }
  return out;
}

std::vector<double> moving_average(const std::vector<double>& y, int span) {
  std::vector<double> out;
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    sum += y[i];
    if (i + 1 >= static_cast<std::size_t>(span)) {
      out.push_back(sum / span);
      sum -= y[i + 1 - static_cast<std::size_t>(span)];
    }
  }
  return out;
}

/// Cycle-subseries smoothed and extended by one period at both ends: n + 2 m values.
std::vector<double> smooth_phases(const std::vector<double>& y, const std::vector<double>& w, int m, int span) {
  const int n = static_cast<int>(y.size());
  std::vector<double> out(n + 2 * m, 0.0), part, weight;
  for (int phase = 0; phase < m; ++phase) {
    part.clear(), weight.clear();
    for (int i = phase; i < n; i += m) part.push_back(y[i]), weight.push_back(w[i]);
    const int k = static_cast<int>(part.size());
    for (int j = -1; j <= k; ++j) {
      const int at = phase + (j + 1) * m;
      if (at < n + 2 * m) out[at] = loess_at(part.data(), weight.data(), k, span, j);
    }
  }
  return out;
}

struct Stl {
  std::vector<double> season, trend;
};

int odd(double v) { return static_cast<int>(std::ceil(v)) | 1; }

void inner_loop(const std::vector<double>& y, const std::vector<double>& w, int m, int span, Stl& s) {
  const int n = static_cast<int>(y.size());
  const int trend_span = odd(1.5 * m / (1 - 1.5 / span)), low_span = odd(m);
  const std::vector<double> ones(n, 1.0);
  std::vector<double> work(n);
  for (int i = 0; i < n; ++i) work[i] = y[i] - s.trend[i];
  const std::vector<double> cycle = smooth_phases(work, w, m, span);
  const std::vector<double> low = loess(moving_average(moving_average(moving_average(cycle, m), m), 3), ones, low_span, std::max(1, low_span / 10));
  for (int i = 0; i < n; ++i) s.season[i] = cycle[i + m] - low[i];
  for (int i = 0; i < n; ++i) work[i] = y[i] - s.season[i];
  s.trend = loess(work, w, trend_span, std::max(1, trend_span / 10));
}

void bisquare(const std::vector<double>& y, const Stl& s, std::vector<double>& w) {
  std::vector<double> r(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) r[i] = std::abs(y[i] - s.season[i] - s.trend[i]);
  const double limit = 6 * median_of(r);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double u = limit > 0 ? r[i] / limit : 0;
    w[i] = u <= 0.001 ? 1 : u >= 0.999 ? 0 : (1 - u * u) * (1 - u * u);
  }
}

Stl stl(const std::vector<double>& y, int m, int span, bool robust) {
  const std::size_t n = y.size();
  Stl s{std::vector<double>(n, 0.0), std::vector<double>(n, 0.0)};
  std::vector<double> w(n, 1.0);
  for (int outer = 0; outer < (robust ? 3 : 1); ++outer) {
    for (int inner = 0; inner < (robust ? 1 : 2); ++inner) inner_loop(y, w, m, span, s);
    if (robust) bisquare(y, s, w);
  }
  return s;
}

}  // namespace

std::vector<double> Decomposition::adjusted(Values y) const {
  std::vector<double> out(y.begin(), y.end());
  for (const auto& one : season)
    for (std::size_t i = 0; i < out.size(); ++i) out[i] -= one[i];
  return out;
}

Decomposition decompose(Values y, const std::vector<int>& periods, bool robust) {
  Decomposition out;
  const int n = static_cast<int>(y.size());
  out.season.assign(periods.size(), std::vector<double>(n, 0.0));
  std::vector<double> rest(y.begin(), y.end());
  const auto holds = [&](int m) { return m >= 2 && n >= 2 * m; };
  const int sweeps = std::count_if(periods.begin(), periods.end(), holds) > 1 ? 2 : 1;
  for (int sweep = 0; sweep < sweeps; ++sweep)
    for (std::size_t i = 0; i < periods.size(); ++i) {
      if (!holds(periods[i])) continue;
      for (int t = 0; t < n; ++t) rest[t] += out.season[i][t];
      const Stl s = stl(rest, periods[i], 7 + 4 * (static_cast<int>(i) + 1), robust);
      out.season[i] = s.season, out.trend = s.trend;
      for (int t = 0; t < n; ++t) rest[t] -= out.season[i][t];
    }
  if (out.trend.empty()) out.trend = n > 0 ? loess(rest, std::vector<double>(n, 1.0), std::max(7, n / 2), 1) : rest;
  out.remainder = rest;
  for (int t = 0; t < n; ++t) out.remainder[t] -= out.trend[t];
  return out;
}

double season_ahead(const std::vector<double>& season, int period, int step) {
  const int n = static_cast<int>(season.size());
  return n >= period ? season[n - period + step % period] : 0;
}

}  // namespace tonnage::forecast
