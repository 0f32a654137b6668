// What a scenario gives as uncertain, drawn once for each path. Private to the module.
#pragma once

#include <cstdint>
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

/// A number by path, cut to [least, most]; empty where it is sure.
std::vector<double> drawn(const Spread& spread, double middle, double least, double most, std::uint64_t seed, const std::string& name);

/// Events and judgements of a workload as they turn out in one path.
struct Influence {
  std::vector<DemandEvent> events;        ///< probability 1: those that happen
  std::vector<DemandEvent> estimated;     ///< of them, those whose effect was taken out of the history
  std::vector<DemandOverride> overrides;
};

/// By path; one entry where nothing is uncertain. An event of the same name and date is the same event for all workloads.
std::vector<Influence> influences(const Workload& workload, const std::vector<DemandEvent>& events, std::uint64_t seed);

}  // namespace tonnage::forecast
