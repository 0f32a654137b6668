#include "harmonic.hpp"

#include <limits>
#include <numbers>

namespace tonnage::forecast {
namespace {

constexpr int most_pairs = 8;

/// sin, cos(2 pi k t / m) for k = 1..pairs as far as the season has them: at k = m / 2 the sine is 0 at every step.
std::vector<double> harmonics_at(int t, const std::vector<int>& seasons, int pairs) {
  std::vector<double> row;
  for (const int m : seasons)
    for (int k = 1; k <= std::min(pairs, m / 2); ++k) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(static_cast<long long>(k) * t % m) / m;
      row.push_back(std::cos(angle));
      if (2 * k < m) row.push_back(std::sin(angle));
    }
  return row;
}

/// y less its centred moving average over `m` terms (half weights at the ends where m is even); the first is of step m / 2.
std::vector<double> detrended(Values y, int m) {
  const int n = static_cast<int>(y.size()), half = m / 2;
  std::vector<double> running(y.size() + 1, 0.0), out;
  for (int i = 0; i < n; ++i) running[i + 1] = running[i] + y[i];
  for (int i = half; i + half < n; ++i) {
    const double sum = running[i + half + 1] - running[i - half] - (m % 2 == 0 ? 0.5 * (y[i - half] + y[i + half]) : 0);
    out.push_back(y[i] - sum / m);
  }
  return out;
}

struct Fit {
  std::vector<double> coefficient;
  double aicc = std::numeric_limits<double>::infinity();
};

Fit fit_pairs(const std::vector<double>& z, int first, const std::vector<int>& seasons, int pairs) {
  Fit fit;
  const int n = static_cast<int>(z.size()), k = static_cast<int>(harmonics_at(0, seasons, pairs).size());
  if (n - k - 2 <= 0) return fit;
  LeastSquares normal(k);
  for (int i = 0; i < n; ++i) normal.add(harmonics_at(first + i, seasons, pairs).data(), z[i]);
  fit.coefficient = normal.solve();
  double squares = 0;
  for (int i = 0; i < n; ++i) {
    const std::vector<double> row = harmonics_at(first + i, seasons, pairs);
    double e = z[i];
    for (int j = 0; j < k; ++j) e -= fit.coefficient[j] * row[j];
    squares += e * e;
  }
  fit.aicc = n * std::log(std::max(squares / n, 1e-300)) + 2.0 * n * (k + 1) / (n - k - 2);
  return fit;
}

}  // namespace

std::vector<double> harmonic_seasons(Values y, const std::vector<int>& seasons, int horizon) {
  const int n = static_cast<int>(y.size());
  std::vector<double> out(y.size() + static_cast<std::size_t>(std::max(horizon, 0)), 0.0);
  std::vector<int> held;
  for (const int m : seasons)
    if (m >= 2 && n > 2 * m) held.push_back(m);
  if (held.empty()) return out;
  const int longest = *std::max_element(held.begin(), held.end());
  const std::vector<double> z = detrended(y, longest);
  Fit best;
  int pairs = 0;
  for (int k = 1; k <= std::min(most_pairs, longest / 2); ++k)
    if (Fit fit = fit_pairs(z, longest / 2, held, k); fit.aicc < best.aicc) best = std::move(fit), pairs = k;
  if (pairs == 0) return out;
  for (std::size_t t = 0; t < out.size(); ++t) {
    const std::vector<double> row = harmonics_at(static_cast<int>(t), held, pairs);
    for (std::size_t j = 0; j < row.size(); ++j) out[t] += best.coefficient[j] * row[j];
  }
  return out;
}

}  // namespace tonnage::forecast
