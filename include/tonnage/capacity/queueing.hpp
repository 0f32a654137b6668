// Queues: birth-death chains and weighted points to take percentiles of.
#pragma once

#include <array>
#include <cstddef>
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
  /// Share of the weight at values up to `limit`.
  double share_within(double limit) const;
  /// Percentile p in (0, 1), interpolated; not above any limit of which share_within() is p or more; 0 without points.
  double quantile(double p);
  /// About the same distribution, of values above 0, at eight values for every doubling; the mean is kept.
  std::vector<Stratum> strata() const;
  bool empty() const { return points_.empty(); }

 private:
  struct Point {
    double value, weight;
  };
  void order();

  std::vector<Point> points_;          ///< in order of their buckets once `ends_` is set
  std::vector<double> ends_;           ///< weight up to and with each bucket of near values
  std::vector<std::size_t> starts_;    ///< first point of each bucket, and the number of points
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
