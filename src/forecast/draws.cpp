#include "draws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tonnage/core/random.hpp"

namespace tonnage::forecast {

std::vector<double> stratified(std::uint64_t seed, std::string_view name) {
  const RandomStream stream(seed, name);
  std::vector<std::uint64_t> key(scenario_paths);
  std::vector<int> order(scenario_paths);
  std::iota(order.begin(), order.end(), 0);
  for (int j = 0; j < scenario_paths; ++j) key[j] = stream.bits(static_cast<std::uint64_t>(j));
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return key[a] < key[b]; });
  std::vector<double> out(scenario_paths);
  for (int j = 0; j < scenario_paths; ++j) out[order[j]] = (j + 0.5) / scenario_paths;
  return out;
}

std::vector<double> drawn(const Spread& spread, double middle, double least, double most, std::uint64_t seed, const std::string& name) {
  if (spread.sure()) return {};
  std::vector<double> out = stratified(seed, name);
  for (double& v : out) v = std::clamp(spread.quantile(middle, v), least, most);
  return out;
}

namespace {

void add_event(Influence& to, const DemandEvent& event) { (event.from_history ? to.estimated : to.events).push_back(event); }

}  // namespace

std::vector<Influence> influences(const Workload& workload, const std::vector<DemandEvent>& events, std::uint64_t seed) {
  const bool sure = std::all_of(events.begin(), events.end(), [](const DemandEvent& e) { return e.probability >= 1 && e.share_spread.sure(); }) &&
                    std::all_of(workload.overrides.begin(), workload.overrides.end(), [](const DemandOverride& o) { return o.factor_spread.sure(); });
  if (sure) {
    Influence one{{}, {}, workload.overrides};
    for (const DemandEvent& event : events) add_event(one, event);
    return {one};
  }
  std::vector<Influence> out(scenario_paths);
  for (const DemandEvent& event : events) {
    const std::string name = fmt::format("event {} {} {}", event.name, to_string(event.date), event.origin);
    // Events of one name have one effect where it is estimated.
    const std::string effect = event.from_history ? fmt::format("effect {} {}", workload.name, event.name) : name + " share";
    const std::vector<double> happens = stratified(seed, name), share = drawn(event.share_spread, event.share, -1, 1000, seed, effect);
    for (int j = 0; j < scenario_paths; ++j) {
      if (happens[j] >= event.probability) continue;
      DemandEvent one = event;
      one.probability = 1;
      if (!share.empty()) one.share = share[j];
      add_event(out[j], one);
    }
  }
  for (std::size_t i = 0; i < workload.overrides.size(); ++i) {
    const DemandOverride& given = workload.overrides[i];
    const std::vector<double> factor = drawn(given.factor_spread, given.factor, 0, 1000, seed, fmt::format("override {} {}", workload.name, i));
    for (int j = 0; j < scenario_paths; ++j) {
      DemandOverride& one = out[j].overrides.emplace_back(given);
      if (!factor.empty()) one.factor = factor[j];
    }
  }
  return out;
}

}  // namespace tonnage::forecast
