// Arrivals in bunches, or more regular than random ones. Private to the module.
#pragma once

#include <cmath>
#include <span>
#include <vector>

namespace tonnage::capacity {

/// A renewal process with Gamma times between arrivals, by its coefficient of variation.
class Dispersion {
 public:
  explicit Dispersion(double cv);

  bool poisson() const { return poisson_; }

  /// Variance over mean of the number in service where servers never lack, service is exponential and `arrivals` come in a mean
  /// service time: 1 / (1 - phi(mu)) - lambda / mu (Takacs, "On a queueing problem concerning telephone traffic", 1958; called
  /// peakedness: Eckberg, Bell System Technical Journal 62, 1983). From 1 (few arrivals) to (1 + cv^2) / 2 (many).
  double peakedness(double arrivals) const;

  /// The same for other services: the excess over 1 is proportional to the integral of the squared tail of the service time over its
  /// mean, `overlap`: 1/2 for exponential ones, 1 for constant ones (Eckberg 1983, for many arrivals).
  double peakedness(double arrivals, double overlap) const;

  /// Variance over mean of the number that comes in a time in which `arrivals` come on average: from 1 to cv^2.
  double of_counts(double arrivals) const;

 private:
  double shape_ = 1;   ///< 1 / cv^2
  bool poisson_ = true;
};

/// Chances of a count of 0, 1, 2, ..., one after the other, by its mean and its index of dispersion: Poisson at 1, negative binomial
/// above, binomial below.
class Counts {
 public:
  Counts(double mean, double dispersion);

  double chance() const { return chance_; }
  void next() {
    chance_ *= step_ * std::max(size_ + sign_ * k_, 0.0) / (k_ + 1);
    ++k_;
  }

 private:
  double chance_, step_, size_ = 1, sign_ = 0, k_ = 0;  ///< chance(k + 1) = chance(k) step (size + sign k) / (k + 1)
};

/// The states of a birth-death chain whose arrivals have a peakedness: births of load / z + (1 - 1 / z) deaths(n) in state n, which is
/// the Bernoulli, Poisson or Pascal process of traffic theory (Delbrouck, IEEE Transactions on Communications 29, 1981) with
/// deaths in place of the number in service, so that the mean of births stays the load.
struct BunchedChain {
  std::vector<double> states;    ///< by the number in the system
  std::vector<double> arrivals;  ///< shares of arrivals that find it so
};
BunchedChain bunched_chain(double load, double peakedness, std::span<const double> service_rates);

}  // namespace tonnage::capacity
