#include "tonnage/capacity/queueing.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tonnage/core/normal.hpp"

namespace tonnage::capacity {
namespace {

constexpr std::array cuts{0.0, 0.5, 0.8, 0.95, 0.99, 1.0};
constexpr std::array normal_cuts{-40.0, 0.0, 0.8416212335729143, 1.6448536269514722, 2.3263478740408408, 40.0};

}  // namespace

std::vector<double> birth_death(double arrival_rate, std::span<const double> service_rates) {
  const std::size_t states = service_rates.size() + 1;
  std::vector<double> p(states, 0.0);
  if (!(arrival_rate > 0)) {
    p[0] = 1;
    return p;
  }
  // The most likely state is the last whose service does not exceed arrivals; ratios shrink away from it on both sides
  // when the rates grow with the state, and rescaling keeps the rest finite.
  std::size_t top = 0;
  for (std::size_t n = 1; n < states; ++n)
    if (service_rates[n - 1] <= arrival_rate) top = n;
  p[top] = 1;
  double sum = 1;
  for (std::size_t n = top; n > 0; --n) {
    p[n - 1] = std::min(p[n] * service_rates[n - 1] / arrival_rate, 1e290);
    sum += p[n - 1];
  }
  for (std::size_t n = top + 1; n < states; ++n) {
    p[n] = std::min(p[n - 1] * arrival_rate / service_rates[n - 1], 1e290);
    sum += p[n];
  }
  for (double& value : p) value /= sum;
  return p;
}

double WeightedPoints::mean() const {
  double sum = 0, weight = 0;
  for (const Point& point : points_) sum += point.value * point.weight, weight += point.weight;
  return weight > 0 ? sum / weight : 0;
}

double WeightedPoints::share_within(double limit) const {
  double inside = 0, weight = 0;
  for (const Point& point : points_) inside += point.value <= limit ? point.weight : 0.0, weight += point.weight;
  return weight > 0 ? inside / weight : 1;
}

double WeightedPoints::quantile(double p) {
  if (points_.empty()) return 0;
  if (!sorted_) {
    std::sort(points_.begin(), points_.end(), [](const Point& a, const Point& b) { return a.value != b.value ? a.value < b.value : a.weight < b.weight; });
    sorted_ = true;
    ends_.clear();
    double weight = 0;
    for (const Point& point : points_) ends_.push_back(weight += point.weight);
  }
  const double wanted = p * ends_.back();
  const std::size_t at = std::min(static_cast<std::size_t>(std::lower_bound(ends_.begin(), ends_.end(), wanted) - ends_.begin()), points_.size() - 1);
  const double last_value = points_[at > 0 ? at - 1 : 0].value, before = at > 0 ? ends_[at - 1] : 0;
  return last_value + std::clamp((wanted - before) / points_[at].weight, 0.0, 1.0) * (points_[at].value - last_value);
}

const std::vector<Stratum>& exponential_strata() {
  static const std::vector<Stratum> strata = [] {
    std::vector<Stratum> out;
    // The integral of x exp(-x) from the quantile of `a` on is (1 - a)(1 - ln(1 - a)).
    const auto tail = [](double a) { return a < 1 ? (1 - a) * (1 - std::log1p(-a)) : 0.0; };
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
      const double share = cuts[i + 1] - cuts[i];
      out.push_back({share, (tail(cuts[i]) - tail(cuts[i + 1])) / share});
    }
    return out;
  }();
  return strata;
}

std::vector<Stratum> length_strata(double mean, double p95) {
  if (!(p95 > mean) || !(mean > 0)) return {{1.0, std::max(mean, 0.0)}};
  // p95 / mean = exp(z s - s^2 / 2); the smaller root is the usual one, the largest ratio is exp(z^2 / 2).
  const double z = normal_cuts[3], square = z * z - 2 * std::log(p95 / mean);
  const double sigma = z - std::sqrt(std::max(square, 0.0));
  std::vector<Stratum> out;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    const double share = cuts[i + 1] - cuts[i];
    out.push_back({share, mean * (normal_probability(normal_cuts[i + 1] - sigma) - normal_probability(normal_cuts[i] - sigma)) / share});
  }
  return out;
}

}  // namespace tonnage::capacity
