#include "sparse.hpp"

#include "tonnage/forecast/components.hpp"

namespace tonnage::forecast {

bool is_sparse(Values y, int season) {
  if (y.size() < 12) return false;
  double zeros = 0;
  for (const double v : y) {
    if (v < 0 || v != std::floor(v) || v > 1e9) return false;
    zeros += v == 0;
  }
  const double n = static_cast<double>(y.size());
  return zeros >= 0.3 * n && zeros < n && !is_seasonal(y, season);
}

std::vector<double> forecast_tsb(Values y, int horizon) {
  double demands = 0, sum = 0;
  for (const double v : y) demands += v > 0, sum += v;
  if (!(demands > 0)) return std::vector<double>(horizon, 0.0);
  constexpr double constants[] = {0.02, 0.05, 0.1, 0.2, 0.3};
  double best = -1, forecast = 0;
  for (const double a : constants)
    for (const double b : constants) {
      double p = demands / static_cast<double>(y.size()), z = sum / demands, squares = 0;
      for (const double v : y) {
        squares += (v - p * z) * (v - p * z);
        p += a * ((v > 0 ? 1.0 : 0.0) - p);
        if (v > 0) z += b * (v - z);
      }
      if (best < 0 || squares < best * (1 - 1e-12)) best = squares, forecast = p * z;
    }
  return std::vector<double>(horizon, forecast);
}

std::vector<double> count_quantiles(double mean, double variance, int count) {
  std::vector<double> out;
  if (!(mean > 0)) return std::vector<double>(count, 0.0);
  const bool poisson = !(variance > mean * (1 + 1e-9));
  const double r = poisson ? 0 : mean * mean / (variance - mean), q = poisson ? 0 : mean / (r + mean);
  double k = 0, mass = poisson ? std::exp(-mean) : std::pow(1 - q, r), below = mass;
  for (int i = 0; i < count; ++i) {
    const double p = (i + 0.5) / count;
    while (below < p && k < 1e7) {
      mass *= poisson ? mean / (k + 1) : q * (k + r) / (k + 1);
      k += 1, below += mass;
      if (mass <= 0 && k > mean) break;
    }
    out.push_back(k - mean);
  }
  return out;
}

}  // namespace tonnage::forecast
