// Charts of orders and flows.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "charts.hpp"
#include "figures.hpp"
#include "run_tables.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::report {

using Kind = Column::Kind;

namespace {

constexpr std::size_t most_orders = 24;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

double day(Date date) { return static_cast<double>(date.time_since_epoch().count()); }

/// Starts of quarters, or of months when there are few.
std::vector<std::pair<double, std::string>> calendar_ticks(double first, double last) {
  std::vector<std::pair<double, std::string>> out;
  const int step = last - first > 250 ? 3 : 1;
  const std::chrono::year_month_day begin{Date{std::chrono::days{static_cast<int>(first)}}};
  for (Date date{begin.year() / 1 / 1}; day(date) <= last; date = add_months(date, step)) {
    if (day(date) < first) continue;
    const std::string text = to_string(date);
    const int month = std::stoi(text.substr(5, 2));
    out.emplace_back(day(date), step == 1 ? text.substr(0, 7) : fmt::format("{}-Q{}", text.substr(0, 4), (month - 1) / 3 + 1));
  }
  return out;
}

/// Nodes already there: one row a pool, from the first to the last period that has any.
std::vector<GanttRow> held_rows(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  std::vector<GanttRow> out;
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const std::vector<double>& nodes = run.plan.pools[p].existing;
    GanttRow row{"", "in service", "already there", std::nan(""), 0, 0, 8};
    double most = 0;
    for (std::size_t t = 0; t < nodes.size(); ++t) {
      if (nodes[t] <= 0) continue;
      if (most == 0) row.begins = day(s.periods[t].start);
      row.ends = day(s.periods[t].end);
      most = std::max(most, nodes[t]);
    }
    row.name = fmt::format("{} x {}, {}", significant(most, 6), s.pools[p].node, s.pools[p].name);
    if (most > 0) out.push_back(std::move(row));
  }
  return out;
}

std::vector<GanttRow> order_rows(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  std::vector<double> costs;
  for (const Order& order : run.plan.orders) costs.push_back(order.present_value_usd);
  std::sort(costs.rbegin(), costs.rend());
  const double least = costs.size() > most_orders ? costs[most_orders - 1] : -1;
  std::vector<GanttRow> out;
  for (const Order& order : run.plan.orders) {
    if (order.present_value_usd < least || out.size() == most_orders) continue;
    const int p = pool_index(s, order.pool);
    const int last = std::min(order.period + periods_in_service(s, s.pools[at(p)]), static_cast<int>(s.periods.size())) - 1;
    out.push_back({fmt::format("{} · {} x {}, {}", to_string(order.order_by), significant(order.nodes, 6), s.pools[at(p)].node, order.pool), fmt::format("order by {}, in service {} to {}", to_string(order.order_by), s.periods[at(order.period)].name, s.periods[at(last)].name), order.pool,
                   day(order.order_by), day(s.periods[at(order.period)].start), day(s.periods[at(last)].end), p % 6 + 1});
  }
  return out;
}

}  // namespace

Figure orders_figure(const pipeline::Run& run) {
  std::vector<GanttRow> rows = held_rows(run);
  const std::vector<GanttRow> orders = order_rows(run);
  rows.insert(rows.end(), orders.begin(), orders.end());
  const auto& periods = run.loaded.scenario.periods;
  double first = day(periods.front().start), last = day(periods.back().end);
  for (const GanttRow& row : orders) first = std::min(first, row.decided);
  Figure figure{"gantt", "When to order, when it serves", orders.size() < run.plan.orders.size() ? fmt::format("the {} costliest of {} orders", orders.size(), run.plan.orders.size()) : "", "", all_orders_table(run), false};
  figure.svg = gantt_chart({"gantt", figure.title, "A row for what is held and for each order: the day by which to order, the lead time, the time in service", ""}, rows, calendar_ticks(first, last), first - (last - first) * 0.015, last);
  return figure;
}

Figure flows_figure(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  std::map<std::pair<int, std::string>, std::vector<double>> sums;  // workload, origin
  for (const Flow& flow : run.plan.flows) {
    const State& state = run.plan.states[at(flow.state)];
    if (state.lost_region >= 0) continue;
    std::vector<double>& row = sums[{flow.workload, flow.origin}];
    row.resize(s.regions.size() + 1, 0);
    row[flow.region < 0 ? s.regions.size() : at(flow.region)] += flow.load_per_s * run.demand.blocks[at(state.block)].hours[at(state.period)] * run.demand.outcomes[at(state.outcome)].probability;
  }
  Figure figure{"flows", "Share of each origin's load by region", "over the whole horizon, expected, no region lost", "", {}, false};
  figure.table = {"flows", "Who serves whom", {{"workload", "workload"}, {"origin", "origin"}}, {}, false, "% of the origin's load"};
  std::vector<std::string> columns;
  for (const Region& region : s.regions) columns.push_back(region.name);
  columns.emplace_back("not served");
  for (const std::string& name : columns) figure.table.columns.push_back({name + "_percent", name, Kind::number, 1});
  std::vector<HeatRow> rows;
  for (const auto& [key, loads] : sums) {
    double total = 0;
    for (const double load : loads) total += load;
    if (total <= 0) continue;
    HeatRow row{s.workloads[at(key.first)].name, key.second, {}};
    std::vector<Cell> cells{row.group, row.name};
    for (const double load : loads) {
      row.shares.push_back(load / total);
      cells.emplace_back(100 * load / total);
    }
    rows.push_back(std::move(row));
    figure.table.rows.push_back(std::move(cells));
  }
  figure.svg = heat_chart({"flows", "Who serves whom", "A row for each workload and origin, a column for each region: the share of the load it serves", ""}, columns, rows);
  return figure;
}

}  // namespace tonnage::report
