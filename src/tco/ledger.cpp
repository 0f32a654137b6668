#include "tonnage/tco/ledger.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "lines.hpp"
#include "tonnage/tco/unit_costs.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/documents/holding.hpp"

namespace tonnage::tco {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

void add_to(LedgerTotals& totals, const LineItem& line) {
  totals.amount += line.amount;
  totals.present_value += line.present_value;
  if (line.cash) totals.paid += line.amount;
  totals.expense += line.expense;
  totals.energy_kwh += line.energy_kwh;
  totals.carbon_kg += line.carbon_kg;
  totals.carbon_market_kg += line.carbon_market_kg;
  totals.embodied_kg += line.embodied_kg;
}

void count_served(const Inputs& in, Ledger& out) {
  out.tokens_by_period.assign(in.scenario.periods.size(), 0);
  for (const Flow& flow : in.plan.flows) {
    const State& state = in.plan.states[at(flow.state)];
    const Workload& workload = in.scenario.workloads[at(flow.workload)];
    if (state.lost_region >= 0 || flow.region < 0 || workload.unit != "requests/s") continue;
    const double requests = flow.load_per_s * 3600 * state_hours(in, state);
    const double tokens = requests * (workload.shape.input_mean_tokens + workload.shape.output_mean_tokens);
    out.requests += requests;
    out.tokens += tokens;
    out.tokens_by_period[at(state.period)] += tokens;
  }
}

void count_accelerator_hours(const Inputs& in, Ledger& out) {
  for (int p = 0; p < static_cast<int>(in.scenario.pools.size()); ++p) {
    const Pool& pool = in.scenario.pools[at(p)];
    const int accelerators = in.scenario.nodes[at(node_index(in.scenario, pool.node))].type.accelerators;
    const PoolPlan& held = in.plan.pools[at(p)];
    for (int t = 0; t < static_cast<int>(in.scenario.periods.size()); ++t) {
      const double node_hours = held.in_service[at(t)] * period_hours(in.scenario, t) + held.rented_hours[at(t)];
      if (node_hours <= 0) continue;
      out.accelerator_hours.push_back({t, pool.name, node_hours * accelerators});
      out.totals.accelerator_hours += node_hours * accelerators;
    }
  }
}

void count_capex(const Inputs& in, Ledger& out) {
  out.capex_by_period.assign(in.scenario.periods.size(), Money());
  for (const Order& order : in.plan.orders) {
    const Pool& pool = in.scenario.pools[at(pool_index(in.scenario, order.pool))];
    out.capex_by_period[at(order.period)] += Money::from_double(order.nodes * purchase_usd_per_node(in.scenario, pool));
  }
  for (const PowerOrder& order : in.plan.power_orders) out.capex_by_period[at(order.period)] += Money::from_double(order.power_w * in.scenario.regions[at(region_index(in.scenario, order.region))].power_offer->usd_per_w);
  for (int p = 0; p < static_cast<int>(in.scenario.pools.size()); ++p) {
    const Pool& pool = in.scenario.pools[at(p)];
    for (const auto& [t, nodes] : spares_bought(in.scenario, pool, in.plan.pools[at(p)])) out.capex_by_period[at(t)] += Money::from_double(nodes * pool.price_usd_once);
  }
  for (const Money& one : out.capex_by_period) out.capex += one;
}

int quarter_of(const std::chrono::year_month_day& day) { return (static_cast<int>(static_cast<unsigned>(day.month())) + 2) / 3; }

int category_rank(const std::string& category) {
  const auto& known = cost_categories();
  return static_cast<int>(std::find(known.begin(), known.end(), category) - known.begin());
}

}  // namespace

Ledger make_ledger(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan) {
  const Inputs in{scenario, demand, capacities, plan};
  Ledger out;
  out.currency = scenario.currency;
  holding_lines(in, out.lines);
  spare_lines(in, out.lines);
  power_lines(in, out.lines);
  run_off_lines(in, out.lines);
  rental_lines(in, out.lines);
  hosted_lines(in, out.lines);
  energy_lines(in, out.lines);
  request_lines(in, out.lines);
  unspent_lines(in, out.lines);
  std::stable_sort(out.lines.begin(), out.lines.end(), [&](const LineItem& a, const LineItem& b) {
    const auto key = [&](const LineItem& line) {
      const int pool = line.pool.empty() ? 1 << 20 : pool_index(scenario, line.pool);
      return std::tuple(line.period, pool, category_rank(line.category), region_index(scenario, line.region), !line.sunk);
    };
    return key(a) < key(b);
  });
  for (const LineItem& line : out.lines) {
    add_to(out.totals, line);
    if (line.sunk) add_to(out.sunk, line);
  }
  count_capex(in, out);
  count_accelerator_hours(in, out);
  count_served(in, out);
  out.idle = idle_cost(in, out.lines);
  Money spares;  // the same in every outcome
  for (const LineItem& line : out.lines)
    if (line.category == "spares") spares += line.present_value;
  for (const double cost : plan.outcome_cost_usd) out.outcome_present_value.push_back(Money::from_double(cost) + spares);
  return out;
}

std::string quarter_name(Date day) {
  const std::chrono::year_month_day date{day};
  return fmt::format("{}-Q{}", static_cast<int>(date.year()), quarter_of(date));
}

bool known_field(const std::string& field) {
  static const std::array<const char*, 9> fields = {"period", "quarter", "year", "pool", "region", "provider", "workload", "team", "category"};
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

namespace {

/// Key and its place in the order of the scenario.
std::pair<int, std::string> key_of(const Scenario& scenario, const LineItem& line, const std::string& field) {
  const std::string none = "-";
  if (field == "period") return {line.period, scenario.periods[at(line.period)].name};
  if (field == "quarter" || field == "year") {
    const std::chrono::year_month_day day{scenario.periods[at(line.period)].start};
    const int year = static_cast<int>(day.year());
    return field == "year" ? std::pair{year, std::to_string(year)} : std::pair{year * 4 + quarter_of(day), quarter_name(scenario.periods[at(line.period)].start)};
  }
  const auto named = [&](const std::string& name, int rank) { return name.empty() ? std::pair{1 << 20, none} : std::pair{rank, name}; };
  if (field == "pool") return named(line.pool, pool_index(scenario, line.pool));
  if (field == "region") return named(line.region, region_index(scenario, line.region));
  if (field == "provider") return named(line.provider, 0);
  if (field == "workload" || field == "team") {
    const auto found = std::find_if(scenario.workloads.begin(), scenario.workloads.end(), [&](const Workload& w) { return w.name == line.workload; });
    if (found == scenario.workloads.end()) return named("", 0);
    if (field == "workload") return named(line.workload, static_cast<int>(found - scenario.workloads.begin()));
    const auto first = std::find_if(scenario.workloads.begin(), scenario.workloads.end(), [&](const Workload& w) { return w.team == found->team; });
    return named(found->team, static_cast<int>(first - scenario.workloads.begin()));
  }
  return {category_rank(line.category), line.category};
}

}  // namespace

bool by_use(const std::vector<std::string>& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const std::string& field) { return field == "workload" || field == "team"; });
}

std::vector<Group> group_by(const Scenario& scenario, const Ledger& ledger, const std::vector<std::string>& fields, const LineShares& shares) {
  std::map<std::vector<std::pair<int, std::string>>, LedgerTotals> groups;
  const bool split = by_use(fields) && !shares.empty();
  const auto add = [&](const LineItem& line) {
    std::vector<std::pair<int, std::string>> key;
    for (const std::string& field : fields) key.push_back(key_of(scenario, line, field));
    add_to(groups[key], line);
  };
  for (std::size_t i = 0; i < ledger.lines.size(); ++i) {
    if (!split || shares[i].empty()) add(ledger.lines[i]);
    else for (const LineItem& part : split_by_use(scenario, ledger.lines[i], shares[i])) add(part);
  }
  if (!by_use(fields) && std::find(fields.begin(), fields.end(), "category") == fields.end())
    for (const AcceleratorHours& held : ledger.accelerator_hours) {
      const Pool& pool = scenario.pools[at(pool_index(scenario, held.pool))];
      LineItem place;
      place.period = held.period;
      place.pool = pool.name;
      place.region = pool.region;
      place.provider = scenario.regions[at(region_index(scenario, pool.region))].provider;
      std::vector<std::pair<int, std::string>> key;
      for (const std::string& field : fields) key.push_back(key_of(scenario, place, field));
      groups[key].accelerator_hours += held.hours;
    }
  std::vector<Group> out;
  for (const auto& [key, totals] : groups) {
    Group group{{}, totals};
    for (const auto& part : key) group.keys.push_back(part.second);
    out.push_back(std::move(group));
  }
  return out;
}

}  // namespace tonnage::tco
