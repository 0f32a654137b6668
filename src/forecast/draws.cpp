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

std::string event_draw(const DemandEvent& event) { return fmt::format("event {} {} {}", event.name, to_string(event.date), event.origin); }
std::string override_draw(const std::string& workload, std::size_t index) { return fmt::format("override {} {}", workload, index); }
std::string number_draw(const char* number, const std::string& workload) { return fmt::format("{} {}", number, workload); }
std::string replaced_draw(const std::string& younger, const std::string& older) { return fmt::format("replaced {} {}", younger, older); }

std::vector<double> drawn(const Spread& spread, double middle, double least, double most, const Places& places, const std::string& name) {
  if (spread.sure()) return {};
  std::vector<double> out = places.at(name);
  for (double& v : out) v = std::clamp(spread.quantile(middle, v), least, most);
  return out;
}

namespace {

void add_event(Influence& to, const DemandEvent& event) { (event.from_history ? to.estimated : to.events).push_back(event); }

}  // namespace

std::vector<Influence> influences(const Workload& workload, const std::vector<DemandEvent>& events, const PriceEffect* price, const Places& places) {
  const bool sure = std::all_of(events.begin(), events.end(), [](const DemandEvent& e) { return e.probability >= 1 && e.share_spread.sure(); }) &&
                    std::all_of(workload.overrides.begin(), workload.overrides.end(), [](const DemandOverride& o) { return o.factor_spread.sure(); }) &&
                    (price == nullptr || price->elasticity_spread.sure());
  Influence one{{}, {}, {}, price, price == nullptr ? 0 : price->elasticity.value_or(0)};
  if (sure) {
    one.overrides = workload.overrides;
    for (const DemandEvent& event : events) add_event(one, event);
    return {one};
  }
  std::vector<Influence> out(scenario_paths, one);
  if (price != nullptr) {
    const std::vector<double> elasticity = drawn(price->elasticity_spread, one.elasticity, -20, 20, places, number_draw("elasticity", workload.name));
    for (std::size_t j = 0; j < elasticity.size(); ++j) out[j].elasticity = elasticity[j];
  }
  for (const DemandEvent& event : events) {
    const std::string name = event_draw(event);
    // Events of one name have one effect where it is estimated.
    const std::string effect = event.from_history ? fmt::format("effect {} {}", workload.name, event.name) : name + " share";
    const std::vector<double> happens = stratified(places.seed(), name), share = drawn(event.share_spread, event.share, -1, 1000, places, effect);
    for (int j = 0; j < scenario_paths; ++j) {
      if (happens[j] >= event.probability) continue;
      DemandEvent here = event;
      here.probability = 1;
      if (!share.empty()) here.share = share[j];
      add_event(out[j], here);
    }
  }
  for (std::size_t i = 0; i < workload.overrides.size(); ++i) {
    const DemandOverride& given = workload.overrides[i];
    const std::vector<double> factor = drawn(given.factor_spread, given.factor, 0, 1000, places, override_draw(workload.name, i));
    for (int j = 0; j < scenario_paths; ++j) {
      DemandOverride& here = out[j].overrides.emplace_back(given);
      if (!factor.empty()) here.factor = factor[j];
    }
  }
  return out;
}

}  // namespace tonnage::forecast
