// Queues: birth-death chains and weighted points to take percentiles of.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tonnage::capacity {

/// Stationary probabilities of a birth-death chain on states 0..K: births at `arrival_rate`, deaths in state n at
/// service_rates[n - 1], K = service_rates.size() (Kleinrock 1975, equation 3.11). M/M/1/K when all rates are equal.
/// Computed by ratios around the most likely state, so that neither overflow nor underflow spoils it.
std::vector<double> birth_death(double arrival_rate, std::span<const double> service_rates);

/// A stratum of a distribution: its share and its conditional mean.
struct Stratum {
  double share = 1;
  double value = 0;
};

/// A distribution as points with weights.
class WeightedPoints {
 public:
  void add(double value, double weight) {
    if (weight > 0) points_.push_back({value, weight}), ends_.clear();
  }
  void reserve(std::size_t points) { points_.reserve(points); }
  /// Adds another distribution with a weight in all.
  void add(const WeightedPoints& other, double weight);
  double mean() const;
  /// Percentile p in (0, 1), interpolated between points; 0 without points.
  double quantile(double p);
  bool empty() const { return points_.empty(); }

 private:
  struct Point {
    double value, weight;
  };
  void sort_into_buckets();

  std::vector<Point> points_;
  std::vector<std::uint32_t> buckets_;  ///< of near values: that of each point, once `ends_` is set
  std::vector<double> ends_;            ///< weight up to and with each bucket
};

/// About the distribution of points with weights, at eight values for every doubling. A point's weight goes to its two neighbours, which
/// keeps the mean and, as the points move, moves smoothly. Values are taken as between 1e-12 and 1e12.
class GeometricPoints {
 public:
  void add(double value, double weight) {
    const auto bits = std::bit_cast<std::uint64_t>(value > least ? std::min(value, most) : least);
    const std::size_t low = static_cast<std::size_t>(bits >> shift) - first;
    const double part = static_cast<double>(static_cast<std::int64_t>(bits & within)) * (1.0 / (within + 1));  // a double is linear between powers of two
    weights_[low] += (1 - part) * weight, weights_[low + 1] += part * weight;
    begin_ = std::min(begin_, low), end_ = std::max(end_, low + 2);
  }
  /// Shares of the weight, those of a millionth and more.
  std::vector<Stratum> strata() const;

 private:
  static constexpr double least = 1e-12, most = 1e12;
  static constexpr int shift = 49;
  static constexpr std::uint64_t within = (std::uint64_t{1} << shift) - 1;
  static constexpr std::size_t first = std::bit_cast<std::uint64_t>(least) >> shift;

  static constexpr std::size_t values = (std::bit_cast<std::uint64_t>(most) >> shift) - first + 2;

  std::array<double, values> weights_{};
  std::size_t begin_ = values, end_ = 0;   ///< of the values that have weight
};

/// Exponential distribution of mean 1 in five strata (cut at 50, 80, 95, 99 %).
const std::vector<Stratum>& exponential_strata();

/// Log-normal distribution with a mean and a 95th percentile, in the same strata; the mean is kept. One stratum when
/// `p95` is not above the mean (not given).
std::vector<Stratum> length_strata(double mean, double p95);

/// The same in seventeen and in fifty strata, for percentiles of what depends on a length, and of what is proportional to it.
std::vector<Stratum> medium_length_strata(double mean, double p95);
std::vector<Stratum> fine_length_strata(double mean, double p95);

/// Log-normal distribution of mean 1 whose logarithm has the standard deviation `sigma`, in the same strata; from a table, linear
/// in between (within 1e-3 up to 3, beyond which it counts as 3).
std::array<Stratum, 5> log_normal_strata(double sigma);

}  // namespace tonnage::capacity
