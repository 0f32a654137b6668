// The spread of numbers that are given as a distribution; that of what demand depends on to the typed scenario.
#include <algorithm>
#include <cmath>

#include "build.hpp"
#include "tonnage/core/normal.hpp"
#include "tonnage/core/numbers.hpp"

namespace tonnage::scenario {

namespace {

/// Item of "PREFIX.i.KEY"; nothing when `key` is none.
template <class Item>
Item* item_of(std::vector<Item>& items, std::string_view key, std::string_view prefix, std::string_view last) {
  if (key.size() <= prefix.size() + last.size() || key.substr(0, prefix.size()) != prefix || key.substr(key.size() - last.size()) != last) return nullptr;
  const auto index = parse_integer(key.substr(prefix.size(), key.size() - prefix.size() - last.size()));
  return index && *index >= 0 && *index < static_cast<long long>(items.size()) ? &items[static_cast<std::size_t>(*index)] : nullptr;
}

/// Of "demand.launch.replaces.NAME"; nothing when `key` is none.
Replaced* replaced_of(DemandSource& demand, std::string_view key) {
  constexpr std::string_view prefix = "demand.launch.replaces.";
  if (!demand.launch || !key.starts_with(prefix)) return nullptr;
  auto& replaces = demand.launch->replaces;
  const auto at = std::find_if(replaces.begin(), replaces.end(), [&](const Replaced& one) { return one.workload == key.substr(prefix.size()); });
  return at == replaces.end() ? nullptr : &*at;
}

}  // namespace

Spread spread_of(const UncertainNumber& number, double scale) {
  using Form = UncertainNumber::Form;
  if (number.form == Form::normal) return {Spread::Form::normal, 0, 0, number.sd * scale};
  if (number.form == Form::lognormal) return {Spread::Form::lognormal, 0, 0, std::log(number.p90 / number.middle) / normal_90};
  return {Spread::Form::triangular, number.low * scale, number.high * scale, 0};
}

bool set_demand_spread(Scenario& scenario, const UncertainNumber& number) {
  for (Workload& workload : scenario.workloads) {
    const std::string prefix = "workloads." + workload.name + ".";
    if (number.path.rfind(prefix, 0) != 0) continue;
    const std::string_view key = std::string_view(number.path).substr(prefix.size());
    DemandSource& demand = workload.demand;
    Spread* spread = nullptr;
    if (key == "demand.start") spread = &demand.start_spread;
    if (key == "demand.growth") spread = &demand.growth_spread;
    if (key == "demand.constant") spread = &demand.constant_spread;
    if (key == "demand.growth.bass.market" && demand.bass) spread = &demand.bass->market_spread;
    if (key == "demand.launch.market" && demand.launch) spread = &demand.launch->market_spread;
    if (key == "demand.price.elasticity" && demand.price) spread = &demand.price->elasticity_spread;
    if (Replaced* one = replaced_of(demand, key)) spread = &one->share_spread;
    if (DemandEvent* event = item_of(workload.events, key, "events.", ".effect")) spread = &event->share_spread;
    if (DemandOverride* one = item_of(workload.overrides, key, "overrides.", ".factor")) spread = &one->factor_spread;
    if (spread == nullptr) continue;
    *spread = spread_of(number, key == "demand.growth" ? year_s : 1);
    return true;
  }
  return false;
}

}  // namespace tonnage::scenario
