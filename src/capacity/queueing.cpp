#include "tonnage/capacity/queueing.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <numeric>

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
  bool rising = true;
  for (std::size_t n = 1; n < states; ++n) {
    if (service_rates[n - 1] <= arrival_rate) top = n;
    rising = rising && (n < 2 || service_rates[n - 1] >= service_rates[n - 2]);
  }
  constexpr double nothing = 1e-30;  // of the most likely: states further away have less
  p[top] = 1;
  double sum = 1;
  for (std::size_t n = top; n > 0 && !(rising && p[n] < nothing); --n) {
    p[n - 1] = std::min(p[n] * service_rates[n - 1] / arrival_rate, 1e290);
    sum += p[n - 1];
  }
  for (std::size_t n = top + 1; n < states && !(p[n - 1] < nothing); ++n) {
    p[n] = std::min(p[n - 1] * arrival_rate / service_rates[n - 1], 1e290);
    sum += p[n];
  }
  for (double& value : p) value /= sum;
  return p;
}

void WeightedPoints::add(const WeightedPoints& other, double weight) {
  double all = 0;
  for (const Point& point : other.points_) all += point.weight;
  reserve(points_.size() + other.points_.size());
  for (const Point& point : other.points_) add(point.value, point.weight / all * weight);
}

double WeightedPoints::mean() const {
  double sum = 0, weight = 0;
  for (const Point& point : points_) sum += point.value * point.weight, weight += point.weight;
  return weight > 0 ? sum / weight : 0;
}

/// Some 64 buckets for every doubling.
void WeightedPoints::sort_into_buckets() {
  if (!ends_.empty()) return;
  // Doubles in the order of their values, as whole numbers.
  const auto key = [](double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    return bits >> 63 != 0 ? ~bits : bits | std::uint64_t{1} << 63;
  };
  double least = points_.front().value, most = least;
  for (const Point& point : points_) least = std::min(least, point.value), most = std::max(most, point.value);
  int shift = 46;
  while ((key(most) >> shift) - (key(least) >> shift) >= 2048) ++shift;
  const std::uint64_t first = key(least) >> shift;
  ends_.assign(static_cast<std::size_t>((key(most) >> shift) - first) + 1, 0.0);
  buckets_.resize(points_.size());
  for (std::size_t i = 0; i < points_.size(); ++i) {
    buckets_[i] = static_cast<std::uint32_t>((key(points_[i].value) >> shift) - first);
    ends_[buckets_[i]] += points_[i].weight;
  }
  for (std::size_t b = 1; b < ends_.size(); ++b) ends_[b] += ends_[b - 1];
}

double WeightedPoints::quantile(double p) {
  if (points_.empty()) return 0;
  sort_into_buckets();
  const double wanted = p * ends_.back();
  const std::size_t bucket = std::min(static_cast<std::size_t>(std::lower_bound(ends_.begin(), ends_.end(), wanted) - ends_.begin()), ends_.size() - 1);
  std::size_t below = bucket;  // the next bucket below that holds anything, else the same
  for (std::size_t b = bucket; b-- > 0 && below == bucket;)
    if (ends_[b] > (b > 0 ? ends_[b - 1] : 0)) below = b;
  static thread_local std::vector<Point> near;  // kept from call to call: a curve asks thousands of small sets
  near.clear();
  const Point* last = nullptr;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (buckets_[i] - static_cast<std::uint32_t>(below) > bucket - below) continue;
    if (buckets_[i] == bucket) near.push_back(points_[i]);
    else if (last == nullptr || points_[i].value > last->value) last = &points_[i];
  }
  std::sort(near.begin(), near.end(), [](const Point& a, const Point& b) { return a.value != b.value ? a.value < b.value : a.weight < b.weight; });
  double before = bucket > 0 ? ends_[bucket - 1] : 0, last_value = last != nullptr ? last->value : near.front().value;
  auto point = near.begin();
  for (; point + 1 != near.end() && before + point->weight < wanted; ++point) before += point->weight, last_value = point->value;
  return last_value + std::clamp((wanted - before) / point->weight, 0.0, 1.0) * (point->value - last_value);
}

std::vector<Stratum> GeometricPoints::strata() const {
  std::vector<Stratum> out;
  if (begin_ > end_) return out;
  const double total = std::accumulate(weights_.begin() + static_cast<std::ptrdiff_t>(begin_), weights_.begin() + static_cast<std::ptrdiff_t>(end_), 0.0);
  out.reserve(end_ - begin_);
  for (std::size_t k = begin_; k < end_; ++k)
    if (weights_[k] >= 1e-6 * total) out.push_back({weights_[k] / total, std::bit_cast<double>((first + k) << shift)});
  return out;
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

namespace {

/// Strata of a log-normal of a mean and a 95th percentile, cut at probabilities whose normal quantiles are `quantiles`.
std::vector<Stratum> log_normal(double mean, double p95, std::span<const double> shares, std::span<const double> quantiles) {
  if (!(p95 > mean) || !(mean > 0)) return {{1.0, std::max(mean, 0.0)}};
  // p95 / mean = exp(z s - s^2 / 2); the smaller root is the usual one, the largest ratio is exp(z^2 / 2).
  const double z = normal_cuts[3], square = z * z - 2 * std::log(p95 / mean);
  const double sigma = z - std::sqrt(std::max(square, 0.0));
  std::vector<Stratum> out;
  double below = normal_probability(quantiles[0] - sigma);
  for (std::size_t i = 0; i + 1 < shares.size(); ++i) {
    const double above = normal_probability(quantiles[i + 1] - sigma), share = shares[i + 1] - shares[i];
    out.push_back({share, mean * (above - below) / share});
    below = above;
  }
  return out;
}

/// Cuts of strata: steps up to 90 %, then as given.
struct Cuts {
  std::vector<double> shares{0}, quantiles{-40};

  Cuts(int steps, std::initializer_list<double> tail) {
    for (int i = 1; i <= steps; ++i) shares.push_back(0.9 * i / steps);
    shares.insert(shares.end(), tail);
    for (std::size_t i = 1; i < shares.size(); ++i) quantiles.push_back(normal_quantile(shares[i]));
    shares.push_back(1), quantiles.push_back(40);
  }
};

}  // namespace

std::vector<Stratum> length_strata(double mean, double p95) { return log_normal(mean, p95, cuts, normal_cuts); }

std::vector<Stratum> medium_length_strata(double mean, double p95) {
  static const Cuts medium(9, {0.93, 0.955, 0.97, 0.98, 0.987, 0.993, 0.997});
  return log_normal(mean, p95, medium.shares, medium.quantiles);
}

std::vector<Stratum> fine_length_strata(double mean, double p95) {
  static const Cuts fine(36, {0.915, 0.93, 0.94, 0.95, 0.96, 0.97, 0.978, 0.984, 0.988, 0.992, 0.995, 0.9975, 0.999});
  return log_normal(mean, p95, fine.shares, fine.quantiles);
}

std::array<Stratum, 5> log_normal_strata(double sigma) {
  constexpr double step = 1.0 / 64;
  static const auto table = [] {
    std::array<std::array<double, 5>, 194> values{};
    for (std::size_t k = 0; k < values.size(); ++k)
      for (std::size_t i = 0; i < 5; ++i) {
        const double at = static_cast<double>(k) * step;
        values[k][i] = (normal_probability(normal_cuts[i + 1] - at) - normal_probability(normal_cuts[i] - at)) / (cuts[i + 1] - cuts[i]);
      }
    return values;
  }();
  const double at = std::clamp(sigma, 0.0, 3.0) / step;
  const std::size_t low = static_cast<std::size_t>(at);
  std::array<Stratum, 5> out;
  for (std::size_t i = 0; i < 5; ++i) out[i] = {cuts[i + 1] - cuts[i], table[low][i] + (at - static_cast<double>(low)) * (table[low + 1][i] - table[low][i])};
  return out;
}

}  // namespace tonnage::capacity
