#include "tonnage/documents/economics.hpp"

#include <algorithm>
#include <cmath>

namespace tonnage {

const char* to_string(Compounding compounding) {
  return compounding == Compounding::annual ? "annual" : compounding == Compounding::nominal_monthly ? "nominal-monthly" : "effective";
}

double period_months(const Scenario& scenario) { return months_of(scenario.period_kind); }

double period_hours(const Scenario& scenario, int t) {
  const bool nominal = scenario.finance.hours_per_month > 0 && scenario.period_kind != PeriodKind::week;
  return nominal ? scenario.finance.hours_per_month * period_months(scenario) : scenario.periods[static_cast<std::size_t>(t)].hours;
}

double monthly_rate(const Finance& finance) {
  const double r = finance.discount_rate_per_year;
  return finance.compounding == Compounding::nominal_monthly ? r / 12 : std::pow(1 + r, 1.0 / 12) - 1;
}

double discount_factor(const Scenario& scenario, int t) {
  const double within = scenario.finance.timing == PaymentTiming::start ? 0 : scenario.finance.timing == PaymentTiming::mid ? 0.5 : 1;
  return std::pow(1 + monthly_rate(scenario.finance), -(t + within) * period_months(scenario));
}

double capital_recovery_per_month(const Finance& finance, double price_usd, double life_months) {
  const double i = monthly_rate(finance);
  const double r = finance.discount_rate_per_year;
  if (finance.compounding == Compounding::annual && r > 0) return price_usd * r / (1 - std::pow(1 + r, -life_months / 12)) / 12;
  return i == 0 ? price_usd / life_months : price_usd * i / (1 - std::pow(1 + i, -life_months));
}

double recovery_per_month(const Finance& finance, double life_months, double residual_share) {
  const double left = residual_share * std::pow(1 + monthly_rate(finance), -life_months);
  return (1 - left) * capital_recovery_per_month(finance, 1, life_months);
}

double value_of(const Finance& finance, const Recovery& recovery) {
  return recovery.offset + recovery.scale * recovery_per_month(finance, recovery.life_months, recovery.residual_share);
}

double electricity_usd_per_wh(const Scenario& scenario, const Region& region, int t) {
  if (scenario.finance.energy_escalation_per_year == 0) return region.electricity_usd_per_wh;
  const Date base = scenario.finance.escalation_base.value_or(scenario.periods.front().start);
  const double years = static_cast<double>((scenario.periods[static_cast<std::size_t>(t)].start - base).count()) / 365.25;
  return region.electricity_usd_per_wh * std::pow(1 + scenario.finance.energy_escalation_per_year, std::max(0.0, years));
}

bool hourly(OfferKind offer) { return offer == OfferKind::on_demand || offer == OfferKind::spot || offer == OfferKind::api; }

double rent_usd_per_hour(const Scenario& scenario, const Pool& pool, int t) {
  return pool.price_usd_per_month > 0 ? pool.price_usd_per_month * period_months(scenario) / period_hours(scenario, t) : pool.price_usd_per_hour;
}

bool stale(const PriceRecord& price, Date start) { return price.quoted && start - *price.quoted > std::chrono::days{stale_days}; }

double usable_share(const Scenario& scenario, const Pool& pool) {
  return hourly(pool.offer) ? std::clamp(1 - pool.interruption_per_day * (1 + pool.restart_days), 0.0, 1.0) : scenario.policies.availability;
}

int periods_in_service(const Scenario& scenario, const Pool& pool) {
  const bool bought = pool.price_usd_once > 0;
  const double months = bought ? pool.life_months : pool.term_months;
  const int all = static_cast<int>(scenario.periods.size());
  if (!bought && months == 0) return all;
  return std::clamp(static_cast<int>(std::floor(months / period_months(scenario) + 1e-6)), 1, all);
}

namespace {

Date before(Date start, double months, double days) {
  const Date ordered = months > 0 ? add_months(start, -months) : start;
  return ordered - std::chrono::days{static_cast<int>(std::ceil(days - 1e-9))};
}

}  // namespace

Date order_by(const Scenario& scenario, const Pool& pool, int t) {
  return before(scenario.periods[static_cast<std::size_t>(t)].start, pool.lead_time_months, pool.lead_time_days);
}

Date order_by(const Scenario& scenario, const PowerOffer& offer, int t) {
  return before(scenario.periods[static_cast<std::size_t>(t)].start, offer.lead_time_months, offer.lead_time_days);
}

double nodes_per_load(const NodeType& node, int accelerators, double load_per_s) {
  if (load_per_s <= 0) return 0;
  if (accelerators == 0) return 1 / load_per_s;  // hosted
  if (accelerators > node.accelerators) return std::ceil(static_cast<double>(accelerators) / node.accelerators) / load_per_s;
  return 1.0 / ((node.accelerators / accelerators) * load_per_s);
}

double used_share(const Scenario& scenario, const Deployment& deployment) { return is_hosted(deployment) ? 1 : 1 - scenario.policies.headroom; }

double hosted_load_per_s(const Pool& pool, const Shape& shape) {
  const double usd_per_m_requests = shape.input_mean_tokens * pool.usd_per_m_input_tokens + shape.output_mean_tokens * pool.usd_per_m_output_tokens;
  const double dearer = std::max(pool.usd_per_m_input_tokens, pool.usd_per_m_output_tokens);
  const double tokens = dearer > 0 ? usd_per_m_requests / dearer : shape.input_mean_tokens + shape.output_mean_tokens;
  return tokens > 0 ? 1e6 / tokens / 3600 : 0;
}

double busy_w_per_load(const NodeType& node, const Deployment& deployment) {
  return std::max(0.0, deployment.power_w / deployment.load_per_s - node.idle_power_w * nodes_per_load(node, deployment.accelerators, deployment.load_per_s));
}

namespace {

template <class T, class F>
int find_index(const std::vector<T>& items, const std::string& name, F name_of) {
  for (std::size_t i = 0; i < items.size(); ++i)
    if (name_of(items[i]) == name) return static_cast<int>(i);
  return -1;
}

}  // namespace

int region_index(const Scenario& s, const std::string& name) {
  return find_index(s.regions, name, [](const Region& r) -> const std::string& { return r.name; });
}
int pool_index(const Scenario& s, const std::string& name) {
  return find_index(s.pools, name, [](const Pool& p) -> const std::string& { return p.name; });
}
int node_index(const Scenario& s, const std::string& name) {
  return find_index(s.nodes, name, [](const NodeSpec& n) -> const std::string& { return n.type.name; });
}

std::set<std::string> origin_names(const DemandSource& demand) {
  std::set<std::string> names;
  for (const HistorySeries& series : demand.history) names.insert(series.origin);
  for (const DemandRow& row : demand.table) names.insert(row.origin);
  for (const auto& [name, share] : demand.origin_shares)
    if (share > 0) names.insert(name);
  return names;
}

double round_trip_s(const Scenario& scenario, const std::string& origin, const std::string& region) {
  for (const Origin& o : scenario.origins)
    if (o.name == origin)
      if (const auto trip = o.round_trip_s.find(region); trip != o.round_trip_s.end()) return trip->second;
  return 0;
}

std::vector<int> reachable_regions(const Scenario& scenario, const Workload& workload, const std::string& origin) {
  std::vector<int> out;
  const auto served = workload.serve.find(origin);
  if (served != workload.serve.end()) {
    for (const std::string& name : served->second) out.push_back(region_index(scenario, name));
    std::sort(out.begin(), out.end());
    return out;
  }
  const auto known = std::find_if(scenario.origins.begin(), scenario.origins.end(), [&](const Origin& o) { return o.name == origin; });
  for (std::size_t r = 0; r < scenario.regions.size(); ++r) {
    const std::string& name = scenario.regions[r].name;
    const auto& homes = workload.residency;
    if (!homes.empty() && std::find(homes.begin(), homes.end(), name) == homes.end()) continue;
    if (known != scenario.origins.end() && !known->round_trip_s.empty()) {
      const auto trip = known->round_trip_s.find(name);
      if (trip == known->round_trip_s.end() || (workload.reach_s && trip->second > *workload.reach_s)) continue;
    }
    out.push_back(static_cast<int>(r));
  }
  return out;
}

}  // namespace tonnage
