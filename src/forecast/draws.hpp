// What a scenario gives as uncertain, drawn once for each path. Private to the module.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tonnage/documents/scenario.hpp"

namespace tonnage::forecast {

/// Joint paths that quantiles and outcomes of a scenario are made from.
inline constexpr int scenario_paths = 1000;

/// One number on (0, 1) for each path, one in each of `scenario_paths` equal parts, in an order that depends on seed and name
/// (a Latin hypercube over names; McKay, Beckman & Conover 1979): a chance of 70 % comes true in 700 of 1,000 paths.
std::vector<double> stratified(std::uint64_t seed, std::string_view name);

/// Where the uncertain numbers of a scenario lie in each path, on (0, 1): by name, and together where the scenario correlates them.
class Places {
 public:
  /// Correlated numbers by Iman & Conover (1982): the places of each are kept and put in the order of joint normal scores, whose correlation is
  /// 2 sin(pi r / 6) for a rank correlation r (Pearson 1907). A number without a correlation does not depend on the others.
  Places(const Scenario& scenario, std::uint64_t seed);
  /// No correlations.
  explicit Places(std::uint64_t seed) : seed_(seed) {}

  std::uint64_t seed() const { return seed_; }
  std::vector<double> at(const std::string& name) const;
  bool correlated(const std::string& name) const { return together_.count(name) > 0; }

 private:
  std::uint64_t seed_;
  std::map<std::string, std::vector<double>> together_;
};

/// Names that the numbers are drawn by. An event of the same name, date and origin is the same event for all workloads.
std::string event_draw(const DemandEvent& event);
std::string override_draw(const std::string& workload, std::size_t index);
std::string number_draw(const char* number, const std::string& workload);
std::string replaced_draw(const std::string& younger, const std::string& older);

/// A number by path, cut to [least, most]; empty where it is sure.
std::vector<double> drawn(const Spread& spread, double middle, double least, double most, const Places& places, const std::string& name);

/// Events and judgements of a workload as they turn out in one path.
struct Influence {
  std::vector<DemandEvent> events;        ///< probability 1: those that happen
  std::vector<DemandEvent> estimated;     ///< of them, those whose effect was taken out of the history
  std::vector<DemandOverride> overrides;
  const PriceEffect* price = nullptr;     ///< of the workload; none: demand follows no price
  double elasticity = 0;
};

/// By path; one entry where nothing is uncertain. An event of the same name and date is the same event for all workloads.
/// `price`: with the elasticity known; it must outlive what is returned.
std::vector<Influence> influences(const Workload& workload, const std::vector<DemandEvent>& events, const PriceEffect* price, const Places& places);

}  // namespace tonnage::forecast
