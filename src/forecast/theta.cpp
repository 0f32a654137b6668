#include "theta.hpp"

#include <limits>

namespace tonnage::forecast {
namespace {

/// The running state of the model: level, mean of the past, and the line A + B t fitted to it by least squares.
struct Running {
  double level, mean = 0, a = 0, b = 0, decay = 1;  ///< decay = (1 - alpha)^t after t values

  double ahead(const ThetaModel& p) const { return level + (1 - 1 / p.theta) * (decay * a + (1 - decay * (1 - p.alpha)) / p.alpha * b); }
  void take(double y, int t, const ThetaModel& p) {  // t counts from 1
    level = p.alpha * y + (1 - p.alpha) * level;
    b = t == 1 ? 0 : ((t - 2) * b + 6 * (y - mean) / t) / (t + 1);
    mean = ((t - 1) * mean + y) / t;
    a = mean - b * (t + 1) / 2;
    decay *= 1 - p.alpha;
  }
};

double squared_errors(Values y, const ThetaModel& p) {
  Running s{p.level};
  double sum = 0;
  const int n = static_cast<int>(y.size());
  for (int i = 0; i < n; ++i) {
    const double e = y[i] - (i == 0 ? y[0] : s.ahead(p));
    if (i >= 3) sum += e * e;
    s.take(y[i], i + 1, p);
  }
  return sum;
}

}  // namespace

ThetaModel fit_theta(Values y, const ThetaModel* start) {
  ThetaModel best = start != nullptr ? *start : ThetaModel{};
  if (y.size() < 5) return {0.5, 2, y.empty() ? 0 : y[0], false};
  const double scale = std::max(mean_absolute_difference(y, 1), 1e-9 * std::abs(y[0]) + 1e-300);
  const auto allowed = [](const ThetaModel& p) { return p.alpha >= 0.1 && p.alpha <= 0.99 && p.theta >= 1 && p.theta < 1e6; };
  const auto read = [&](const std::vector<double>& x) { return ThetaModel{x[0], std::exp(x[1]), y[0] + x[2] * scale, true}; };
  std::vector<double> x{best.alpha, std::log(best.theta), start != nullptr ? (best.level - y[0]) / scale : 0.0};
  nelder_mead(x, {x[0] > 0.5 ? -0.2 : 0.2, 0.4, 1.0}, start != nullptr ? 60 : 160, 1e-6, [&](const std::vector<double>& at) {
    const ThetaModel p = read(at);
    return allowed(p) ? squared_errors(y, p) : std::numeric_limits<double>::infinity();
  });
  best = read(x);
  best.fitted = allowed(best);
  return best;
}

std::vector<double> forecast_theta(Values y, const ThetaModel& p, int horizon) {
  std::vector<double> out(horizon, y.empty() ? 0.0 : y.back());
  if (!p.fitted) return out;
  Running s{p.level};
  const int n = static_cast<int>(y.size());
  for (int i = 0; i < n; ++i) {
    s.take(y[i], i + 1, p);
  }
  for (int k = 0; k < horizon; ++k) {
    out[k] = s.ahead(p);
    s.take(out[k], n + k + 1, p);
  }
  return out;
}

}  // namespace tonnage::forecast
