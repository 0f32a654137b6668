#include "figures.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "charts.hpp"
#include "run_tables.hpp"
#include "texts.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::report {

using Kind = Column::Kind;

namespace {

constexpr std::size_t most_panels = 12;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

std::vector<std::string> period_names(const pipeline::Run& run) {
  std::vector<std::string> out;
  for (const Period& period : run.loaded.scenario.periods) out.push_back(period.name);
  return out;
}

/// "M ", "k " or "" as the texts of a money column have it, and what it divides by.
std::pair<std::string, double> named_unit(const MoneyUnit& unit) {
  return {unit.suffix[0] == '\0' ? "" : std::string(1, unit.suffix[1]) + " ", static_cast<double>(unit.micros) * 1e-6};
}

std::pair<std::string, double> money_unit(Money largest) { return named_unit(unit_for(largest.micros())); }

/// Nodes that load occupies at its highest, by region and period, without and with the loss of a region.
struct Peaks {
  std::map<std::pair<int, int>, double> normal, failover;
};

Peaks peaks_of(const Plan& plan) {
  std::map<std::pair<int, int>, double> occupied;  // state, region
  for (const Placement& x : plan.placements) occupied[{x.state, x.region}] += x.nodes;
  Peaks out;
  for (const auto& [key, nodes] : occupied) {
    const State& state = plan.states[at(key.first)];
    double& peak = (state.lost_region >= 0 ? out.failover : out.normal)[{key.second, state.period}];
    peak = std::max(peak, nodes);
  }
  return out;
}

}  // namespace

std::vector<Figure> demand_figures(const pipeline::Run& run) {
  std::vector<Figure> out;
  const std::vector<std::string> labels = period_names(run);
  for (const WorkloadForecast& f : run.demand.forecasts) {
    if (f.p50_per_s.size() != labels.size() || out.size() == most_panels) continue;
    Figure figure;
    figure.id = fmt::format("demand-{}", out.size() + 1);
    figure.title = f.workload;
    figure.text = fmt::format("{}: {} in {}, {} in {} (P50 of a period's mean load)", f.unit, significant(f.p50_per_s.front(), 3), labels.front(), significant(f.p50_per_s.back(), 3), labels.back());
    if (f.p10_per_s == f.p90_per_s) figure.text += "; no spread: the scenario gives it as certain";
    figure.table = {"demand", "Demand of " + f.workload, {{"period", "period"}, {"p10_per_s", "P10", Kind::number, 1}, {"p50_per_s", "P50", Kind::number, 1}, {"p90_per_s", "P90", Kind::number, 1}, {"mean_per_s", "mean", Kind::number, 1}}, {}, false, ""};
    for (std::size_t t = 0; t < labels.size(); ++t) figure.table.rows.push_back({labels[t], f.p10_per_s[t], f.p50_per_s[t], f.p90_per_s[t], f.mean_per_s[t]});
    const bool certain = f.p10_per_s == f.p90_per_s;
    if (certain) figure.svg = fan_chart({figure.id, "Demand of " + f.workload, figure.text, f.unit}, labels, std::vector<double>{}, {"load", f.p50_per_s, 1}, std::vector<FanBand>{});
    else figure.svg = fan_chart({figure.id, "Demand of " + f.workload, figure.text + ", with the range from P10 to P90", f.unit}, labels, {"P10", f.p10_per_s, 1}, {"P50", f.p50_per_s, 1}, {"P90", f.p90_per_s, 1});
    out.push_back(std::move(figure));
  }
  return out;
}

namespace {

/// Usable nodes of the region's pools by period; pools without any are left out.
std::vector<ChartSeries> pools_of(const pipeline::Run& run, const std::string& region) {
  const Scenario& s = run.loaded.scenario;
  std::vector<ChartSeries> out;
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    if (s.pools[p].region != region) continue;
    ChartSeries one{s.pools[p].name, {}, static_cast<int>(out.size()) + 1};
    for (std::size_t t = 0; t < s.periods.size(); ++t) one.values.push_back((run.plan.pools[p].in_service[t] + run.plan.pools[p].rented_peak[t]) * usable_share(s, s.pools[p]));
    if (*std::max_element(one.values.begin(), one.values.end()) > 0) out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

std::vector<Figure> fleet_figures(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  const Peaks peaks = peaks_of(run.plan);
  const std::vector<std::string> labels = period_names(run);
  std::vector<Figure> out;
  for (int r = 0; r < static_cast<int>(s.regions.size()) && out.size() < most_panels; ++r) {
    const std::vector<ChartSeries> pools = pools_of(run, s.regions[at(r)].name);
    if (pools.empty()) continue;
    std::vector<ChartSeries> lines = {{"load at its peak", {}, 1}};
    if (s.policies.survive) lines.push_back({"load at its peak, another region lost", {}, 1});
    for (std::size_t k = 0; k < lines.size(); ++k)
      for (int t = 0; t < static_cast<int>(labels.size()); ++t) {
        const auto& from = k == 0 ? peaks.normal : peaks.failover;
        const auto found = from.find({r, t});
        lines[k].values.push_back(found == from.end() ? 0 : found->second);
      }
    Figure figure;
    figure.id = fmt::format("fleet-{}", r + 1);
    figure.title = s.regions[at(r)].name;
    figure.table = {"fleet", "Capacity and load of " + figure.title, {{"period", "period"}}, {}, false, ""};
    for (const std::vector<ChartSeries>* group : {&pools, &std::as_const(lines)})
      for (const ChartSeries& one : *group) figure.table.columns.push_back({one.name, one.name, Kind::number, 1});
    for (std::size_t t = 0; t < labels.size(); ++t) {
      std::vector<Cell>& row = figure.table.rows.emplace_back(std::vector<Cell>{labels[t]});
      for (const std::vector<ChartSeries>* group : {&pools, &std::as_const(lines)})
        for (const ChartSeries& one : *group) row.emplace_back(one.values[t]);
    }
    figure.svg = stacked_chart({figure.id, figure.table.title, "Stacked bars by pool and period, lines for the load at its peak", "nodes"}, labels, pools, lines);
    out.push_back(std::move(figure));
  }
  return out;
}

std::vector<Figure> cost_figures(const pipeline::Run& run) {
  const Table table = cost_by_period_table(run);
  const std::vector<std::string> categories = categories_of(run.ledger);
  std::vector<Money> sums(categories.size());
  Money most;
  for (const auto& row : table.rows) most = std::max(most, std::get<Money>(row.back()));
  const auto [unit, divisor] = named_unit(short_unit(most, 1).unit);  // no figures stand beside these bars
  std::vector<ChartSeries> bars;
  for (std::size_t c = 0; c < categories.size(); ++c) {
    ChartSeries one{categories[c], {}, static_cast<int>(c) + 1};
    for (const auto& row : table.rows) {
      const Money value = std::get<Money>(row[c + 1]);
      sums[c] += value;
      one.values.push_back(value.approximate() / divisor);
    }
    bars.push_back(std::move(one));
  }
  Figure stacked{"cost", "By period", "present value by category", "", table, false};
  stacked.svg = stacked_chart({"cost", "Cost by period and category", "Stacked bars of present values; the table has each", unit + run.ledger.currency}, period_names(run), bars, {});
  Table steps{"cost_by_category", "Cost by category", {{"category", "category"}, {"present_value_usd", "present value", Kind::money, 2}}, {}, true, ""};
  for (std::size_t c = 0; c < categories.size(); ++c) steps.rows.push_back({categories[c], sums[c]});
  const Texts texts = texts_of(steps);
  const Money total = run.ledger.totals.present_value;
  const auto [whole_unit, whole_divisor] = money_unit(total);
  std::vector<ChartBar> rows;
  for (std::size_t c = 0; c < categories.size(); ++c) rows.push_back({categories[c], sums[c].approximate() / whole_divisor, texts.columns[1][c], static_cast<int>(c) + 1});
  Figure waterfall{"waterfall", "How it adds up", "present value over the whole horizon", "", steps, false};
  waterfall.svg = waterfall_chart({"waterfall", "Cost by category", "Each bar begins where the one before ends; the last is their sum", whole_unit + run.ledger.currency}, rows, {"total", total.approximate() / whole_divisor, texts.columns[1].back(), 8});
  return {std::move(stacked), std::move(waterfall)};
}

Figure idle_figure(const Table& idle) {
  const Texts texts = texts_of(idle);
  const auto [unit, divisor] = money_unit(std::get<Money>(column_sum(idle, 1)));
  std::vector<ChartBar> bars;
  for (std::size_t r = 0; r < idle.rows.size(); ++r) bars.push_back({std::get<std::string>(idle.rows[r][0]), std::get<Money>(idle.rows[r][1]).approximate() / divisor, texts.columns[1][r], 2});
  Figure figure{"idle", "By cause", "present value of capacity that is paid for and carries nothing", "", idle, true};
  std::string name = unit;
  if (!name.empty()) name.pop_back();
  figure.svg = bar_chart({"idle", "Where the money idles", "Bars of present value by cause", name}, bars);
  return figure;
}

Figure tornado_figure(Money planned, const std::vector<tco::UncertainInput>& inputs, const std::vector<tco::TornadoBar>& tornado, const Table& table) {
  const auto [unit, divisor] = money_unit(planned);
  const Texts texts = texts_of(table);
  std::vector<TornadoRow> rows;
  for (std::size_t r = 0; r < tornado.size() && r < 20; ++r) {
    const tco::TornadoBar& bar = tornado[r];
    rows.push_back({inputs[at(bar.input)].path, bar.at_p10 / divisor, bar.at_p90 / divisor, texts.columns[1][r], texts.columns[2][r]});
  }
  Figure figure{"tornado", "Cost with one input at its P10 or P90", "the other inputs at their middle; the widest swing first", "", table, true};
  figure.svg = tornado_chart({"tornado", "Sensitivity of cost", "A bar to each side of the planned cost for each uncertain input", short_money(planned)}, planned.approximate() / divisor, rows);
  return figure;
}

}  // namespace tonnage::report
