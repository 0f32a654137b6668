#include "dispersion.hpp"

#include <algorithm>

#include "tonnage/capacity/queueing.hpp"

namespace tonnage::capacity {
namespace {

constexpr double least_cv = 0.05, most_cv = 1000;
constexpr double least_dispersion = 0.05;  ///< of counts: below, a count is as good as certain

}  // namespace

Dispersion::Dispersion(double cv) {
  const double sound = std::isfinite(cv) ? std::clamp(cv, least_cv, most_cv) : 1;
  shape_ = 1 / (sound * sound);
  poisson_ = std::abs(sound - 1) < 1e-9;
}

double Dispersion::peakedness(double arrivals) const {
  if (poisson_ || !(arrivals > 1e-12)) return 1;
  // phi(s) = (1 + s / (lambda k))^-k; 1 - phi without cancellation.
  const double missed = -std::expm1(-shape_ * std::log1p(1 / (arrivals * shape_)));
  return std::max(1 / missed - arrivals, least_dispersion);
}

double Dispersion::peakedness(double arrivals, double overlap) const {
  return std::max(1 + 2 * overlap * (peakedness(arrivals) - 1), least_dispersion);
}

double Dispersion::of_counts(double arrivals) const { return peakedness(arrivals, 1); }

Counts::Counts(double mean, double dispersion) {
  // A count has a variance of at least what its whole numbers make.
  const double least = std::max(1 - mean, least_dispersion), index = std::max(dispersion, least);
  if (std::abs(index - 1) < 1e-9) {
    chance_ = std::exp(-mean), step_ = mean;
  } else if (index > 1) {
    size_ = mean / (index - 1), sign_ = 1, step_ = (index - 1) / index, chance_ = std::exp(-size_ * std::log(index));
  } else {
    size_ = mean / (1 - index), sign_ = -1, step_ = (1 - index) / index, chance_ = std::exp(size_ * std::log(index));
  }
}

BunchedChain bunched_chain(double load, double peakedness, std::span<const double> service_rates) {
  BunchedChain chain;
  if (!(load > 0) || std::abs(peakedness - 1) < 1e-9) {
    chain.states = birth_death(load, service_rates);
    chain.arrivals = chain.states;
    return chain;
  }
  const double own = load / peakedness, follow = 1 - 1 / peakedness;
  std::vector<double> births{own}, rates;
  for (const double rate : service_rates) births.push_back(std::max(own + follow * rate, 1e-9 * load));
  for (std::size_t n = 0; n < service_rates.size(); ++n) rates.push_back(service_rates[n] * load / births[n]);
  chain.states = birth_death(load, rates);
  double sum = 0;
  for (std::size_t n = 0; n < chain.states.size(); ++n) chain.arrivals.push_back(chain.states[n] * births[n]), sum += chain.arrivals.back();
  for (double& share : chain.arrivals) share /= sum;
  return chain;
}

}  // namespace tonnage::capacity
