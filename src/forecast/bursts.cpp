#include "bursts.hpp"

namespace tonnage::forecast {
namespace {

constexpr double far_deviations = 8, far_level = 0.2, most_far = 0.1, dense = 0.25;

/// Upper median; reorders the values.
double middle_of(std::vector<double>& v) {
  const auto middle = v.begin() + static_cast<long>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  return *middle;
}

/// Median of the values one and two seasons before and after, three where an end leaves fewer than three.
std::vector<double> medians_around(Values y, int season) {
  const int n = static_cast<int>(y.size());
  std::vector<double> out, around;
  for (int t = 0; t < n; ++t) {
    around.clear();
    for (const int k : {-2, -1, 1, 2, -3, 3}) {
      const int at = t + k * season;
      if (at >= 0 && at < n && (std::abs(k) < 3 || around.size() < 3)) around.push_back(y[at]);
    }
    out.push_back(around.empty() ? y[t] : middle_of(around));
  }
  return out;
}

double far_limit(Values y, const std::vector<double>& usual) {
  std::vector<double> distance, values(y.begin(), y.end());
  for (std::size_t t = 0; t < y.size(); ++t) distance.push_back(std::abs(y[t] - usual[t]));
  return std::max(far_deviations * 1.4826 * middle_of(distance), far_level * std::abs(middle_of(values)));
}

}  // namespace

std::vector<double> without_bursts(Values y, int season, int near) {
  std::vector<double> out(y.begin(), y.end());
  if (y.empty()) return out;
  const int n = static_cast<int>(y.size());
  const std::vector<double> usual = medians_around(y, season);
  const double limit = far_limit(y, usual);
  std::vector<int> far(y.size() + 1, 0);  // how many of the values before
  for (int t = 0; t < n; ++t) far[t + 1] = far[t] + (std::abs(y[t] - usual[t]) > limit);
  if (far[n] > most_far * n) return out;
  int end = n;
  while (end > 0 && far[end] > far[end - 1]) --end;
  for (int t = 0; t < end; ++t) {
    const int first = std::max(0, t - near), last = std::min(n, t + near + 1);
    if (far[t + 1] > far[t] && far[last] - far[first] <= dense * (last - first)) out[t] = usual[t];
  }
  return out;
}

std::vector<double> burst_excess(Values y, Values usual, int end) {
  std::vector<double> out;
  for (int t = 0; t < end; ++t)
    if (usual[t] != y[t]) out.push_back(y[t] - usual[t]);
  return out;
}

}  // namespace tonnage::forecast
