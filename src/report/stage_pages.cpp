#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "how_counted.hpp"
#include "reasons_page.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/documents/check_figures.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/report/pages.hpp"
#include "tonnage/tco/unit_costs.hpp"

namespace tonnage::report {

using Kind = Column::Kind;

namespace {

Cell trip_ms(const Deployment& d) { return std::isfinite(d.round_trip_s) ? Cell(1000 * d.round_trip_s) : Cell(); }

std::string percent(double share) { return fixed(100 * share, 1) + " %"; }

/// "43211 t", "1.23 t": whole tonnes where there are many.
std::string tonnes(double kg) { return (kg >= 1e5 ? fixed(kg * 1e-3, 0) : significant(kg * 1e-3, 3)) + " t"; }

}  // namespace

Table forecast_table(const pipeline::Run& run) {
  Table table{"forecast", "", {{"workload", "workload"}, {"period", "period"}, {"period_start", "from"}, {"unit", "unit"}, {"mean_per_s", "mean", Kind::number, 1},
                               {"p10_per_s", "P10", Kind::number, 1}, {"p50_per_s", "P50", Kind::number, 1}, {"p90_per_s", "P90", Kind::number, 1}, {"peak_per_s", "peak hour", Kind::number, 1}}, {}, false, ""};
  for (const WorkloadForecast& f : run.demand.forecasts)
    for (std::size_t t = 0; t < run.demand.periods.size() && t < f.mean_per_s.size(); ++t)
      table.rows.push_back({f.workload, run.demand.periods[t].name, to_string(run.demand.periods[t].start), f.unit, f.mean_per_s[t], f.p10_per_s[t], f.p50_per_s[t], f.p90_per_s[t], f.mean_per_s[t] * f.peak_to_mean});
  return table;
}

namespace {

/// Origins whose highest hour is above the block that holds it; a block that is that hour hides nothing.
Table hidden_peaks(const Demand& demand) {
  Table out{"peaks", "What blocks hide", {{"workload", "workload"}, {"origin", "origin"}, {"peak_block", "its highest block"}, {"peak_error", "highest hour above it"}}, {}, false, "totals over the hours of a period are kept exactly"};
  std::size_t others = 0;
  for (const DemandSeries& one : demand.series) {
    if (one.peak_block.empty()) continue;
    if (one.peak_error < 0.0005) ++others;
    else out.rows.push_back({one.workload, one.origin, one.peak_block, percent(one.peak_error)});
  }
  if (others > 0) out.note = fmt::format("{} more reach{} no higher hour than their block; ", others, others == 1 ? "es" : "") + out.note;
  return out;
}

}  // namespace

Page forecast_page(const pipeline::Run& run) {
  Page page;
  page.title = run.loaded.scenario.name + " · demand";
  page.as_of = run.loaded.scenario.as_of;
  Table methods{"methods", "How it was made", {{"workload", "workload"}, {"method", "method"}, {"error", "error on the past"}, {"naive_error", "seasonal naive"}, {"coverage_80", "80 % held"}}, {}, false, ""};
  for (const WorkloadForecast& f : run.demand.forecasts) {
    const bool tested = f.backtest.origins > 0;
    methods.rows.push_back({f.workload, f.method, tested ? percent(f.backtest.error) : "-", tested ? percent(f.backtest.naive_error) : "-", tested ? percent(f.backtest.coverage_80) : "-"});
    if (!f.reason.empty()) page.notes.push_back(f.workload + ": " + f.reason);
  }
  Table blocks{"blocks", "Blocks of a period", {{"block", "block"}, {"hours", "hours of the first period", Kind::number, 0}}, {}, false, ""};
  for (const Block& block : run.demand.blocks) blocks.rows.push_back({block.name, block.hours.front()});
  page.tables = {forecast_table(run), methods, blocks};
  if (Table hidden = hidden_peaks(run.demand); !hidden.rows.empty()) page.tables.push_back(std::move(hidden));
  for (const std::string& remark : run.demand.remarks) page.notes.push_back(remark);
  return page;
}

Table deployments_table(const Capacities& capacities) {
  const auto ms = [](double s) { return s > 0 ? Cell(1000 * s) : Cell(); };
  Table table{"capacities", "", {{"workload", "workload"}, {"node", "node"}, {"precision", "precision"}, {"accelerators", "acc.", Kind::number, 0}, {"round_trip_ms", "trip ms", Kind::number, 0}, {"load_per_s", "load/s", Kind::number, 3}, {"power_w", "W", Kind::number, 0},
                                 {"concurrency", "in flight", Kind::number, 1}, {"ttft_p50_ms", "TTFT P50 ms", Kind::number, 0}, {"ttft_p95_ms", "P95", Kind::number, 0}, {"ttft_p99_ms", "P99", Kind::number, 0},
                                 {"tpot_p50_ms", "TPOT P50 ms", Kind::number, 1}, {"tpot_p95_ms", "P95", Kind::number, 1}, {"tpot_p99_ms", "P99", Kind::number, 1}, {"e2e_p50_ms", "E2E P50 ms", Kind::number, 0},
                                 {"e2e_p95_ms", "P95", Kind::number, 0}, {"e2e_p99_ms", "P99", Kind::number, 0}, {"limit", "limit"}, {"evidence", "evidence"}}, {}, false, ""};
  for (const Deployment& d : capacities.deployments)
    table.rows.push_back({d.workload, d.node, d.precision, static_cast<double>(d.accelerators), trip_ms(d), d.load_per_s, d.power_w, d.concurrency, ms(d.ttft_p50_s), ms(d.ttft_p95_s), ms(d.ttft_p99_s), ms(d.tpot_p50_s), ms(d.tpot_p95_s),
                          ms(d.tpot_p99_s), ms(d.e2e_p50_s), ms(d.e2e_p95_s), ms(d.e2e_p99_s), d.limit, d.evidence});
  return table;
}

Page deployments_page(const std::string& title, const Capacities& capacities) {
  const auto ms = [](double s) { return s > 0 ? Cell(1000 * s) : Cell(); };
  Page page;
  page.title = title;
  Table short_form{"capacities", "", {{"workload", "workload"}, {"node", "node"}, {"precision", "precision"}, {"accelerators", "acc.", Kind::number, 0}, {"round_trip_ms", "trip ms", Kind::number, 0}, {"load_per_s", "load/s", Kind::number, 3}, {"power_w", "W", Kind::number, 0},
                                      {"ttft_p95_ms", "TTFT P95 ms", Kind::number, 0}, {"tpot_p95_ms", "TPOT P95 ms", Kind::number, 1}, {"e2e_p99_ms", "E2E P99 ms", Kind::number, 0}, {"limit", "limit"}, {"evidence", "evidence"}}, {}, false, "load/s: what one replica carries under its SLO, in the workload's unit"};
  for (const Deployment& d : capacities.deployments)
    short_form.rows.push_back({d.workload, d.node, d.precision, static_cast<double>(d.accelerators), trip_ms(d), d.load_per_s, d.power_w, ms(d.ttft_p95_s), ms(d.tpot_p95_s), ms(d.e2e_p99_s), d.limit, d.evidence});
  if (!short_form.rows.empty()) page.tables.push_back(std::move(short_form));
  for (const NoDeployment& none : capacities.none) page.notes.push_back(fmt::format("{}{} cannot run on {}: {}", none.workload, none.workload.empty() ? "it" : "", none.node, none.reason));
  return page;
}

Page curve_page(const pipeline::Run& run) { return deployments_page(run.loaded.scenario.name + " · what a replica carries", run.capacities); }

Table nodes_table(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  Table table{"nodes", "", {{"pool", "pool"}, {"region", "region"}, {"node", "node"}, {"offer", "offer"}, {"period", "period"}, {"existing_nodes", "already there", Kind::number, 0}, {"ordered_nodes", "new", Kind::number, 0},
                            {"in_service_nodes", "in service", Kind::number, 0}, {"rented_node_hours", "rented node-hours", Kind::number, 0}, {"rented_peak_nodes", "at peak", Kind::number, 1}, {"order_by", "order by"}}, {}, false, ""};
  for (std::size_t p = 0; p < s.pools.size(); ++p)
    for (std::size_t t = 0; t < s.periods.size(); ++t) {
      const PoolPlan& pool = run.plan.pools[p];
      double ordered = 0;
      Cell by;
      for (const Order& order : run.plan.orders)
        if (order.pool == pool.pool && order.period == static_cast<int>(t)) {
          ordered = order.nodes;
          by = to_string(order.order_by);
        }
      table.rows.push_back({pool.pool, s.pools[p].region, s.pools[p].node, std::string(to_string(s.pools[p].offer)), s.periods[t].name, pool.existing[t], ordered, pool.in_service[t], pool.rented_hours[t], pool.rented_peak[t], by});
    }
  return table;
}

Page allocate_page(const pipeline::Run& run) {
  const Proof& proof = run.plan.proof;
  const bool stopped = proof.status == "limit" && proof.relaxation_usd <= proof.bound_usd;  // on the way to the relaxation
  Page page;
  page.title = run.loaded.scenario.name + " · allocation";
  page.facts = {{"Cost", short_money(Money::from_double(proof.objective_usd), 3), "bound " + short_money(Money::from_double(proof.bound_usd), 3), fmt::format("gap {} % of what decisions can change", significant(100 * proof.gap, 2))},
                stopped ? Fact{"Relaxed", "no", "the time ended first", "the bound is that of the duals so far"} : Fact{"Relaxed", short_money(Money::from_double(proof.relaxation_usd), 3), "with fractions of nodes", ""},
                {"Model", fmt::format("{} columns, {} rows", proof.columns, proof.rows), fmt::format("{} integers", proof.integers), proof.fractions ? "fractions of nodes: no plan costs less" : ""}};
  Table table = nodes_table(run);
  std::erase_if(table.rows, [](const auto& row) { return std::get<double>(row[7]) == 0 && std::get<double>(row[8]) == 0; });
  // Region, node and offer are the pool's: the machine formats carry them.
  for (auto& row : table.rows) row.erase(row.begin() + 1, row.begin() + 4);
  table.columns.erase(table.columns.begin() + 1, table.columns.begin() + 4);
  page.tables.push_back(std::move(table));
  Table limits = limits_table(run);
  if (run.plan.limits_by_dual) limits.note = "read off the duals of the relaxation; more may be worth less than told, less may cost more";
  if (!limits.rows.empty()) page.tables.push_back(std::move(limits));
  for (Table& more : reasons_tables(run)) page.tables.push_back(std::move(more));
  return page;
}

Table cost_table(const pipeline::Run& run, const std::vector<std::string>& by) {
  Table table{"cost", "", {}, {}, true, ""};
  for (const std::string& field : by) table.columns.push_back({field, field});
  table.columns.push_back({"cost_usd", "cost", Kind::money, 2});
  table.columns.push_back({"present_value_usd", "present value", Kind::money, 2});
  table.columns.push_back({"expense_usd", "expense view", Kind::money, 2});
  table.columns.push_back({"energy_kwh", "MWh", Kind::number, 0, true});
  table.columns.push_back({"carbon_kg", "t CO2e", Kind::number, 0, true});
  const tco::LineShares shares = tco::by_use(by) ? tco::shares_of_lines(run.loaded.scenario, run.demand, run.capacities, run.plan, run.ledger) : tco::LineShares();
  const auto groups = tco::group_by(run.loaded.scenario, run.ledger, by, shares);
  const bool hours = std::any_of(groups.begin(), groups.end(), [](const tco::Group& group) { return group.totals.accelerator_hours > 0; });
  if (hours) table.columns.push_back({"usd_per_accelerator_hour", "USD/acc.-hour", Kind::number, 3});
  for (const tco::Group& group : groups) {
    std::vector<Cell> row(group.keys.begin(), group.keys.end());
    row.insert(row.end(), {group.totals.amount, group.totals.present_value, group.totals.expense, group.totals.energy_kwh, group.totals.carbon_kg});
    if (hours) row.push_back(group.totals.accelerator_hours > 0 ? Cell(group.totals.paid.approximate() / group.totals.accelerator_hours) : Cell());
    table.rows.push_back(std::move(row));
  }
  return table;
}

namespace {

/// What is paid in each quarter; the tax shield where there is a rate.
Table cash_table(const Scenario& s, const Ledger& ledger) {
  Table table{"cash", "Cash by quarter", {{"quarter", "quarter"}, {"paid_usd", "paid", Kind::money, 2}, {"purchases_usd", "of it purchases", Kind::money, 2}, {"depreciation_usd", "depreciation", Kind::money, 2}}, {}, true, "undiscounted; depreciation of what was bought, straight line, is not paid"};
  if (s.finance.tax_rate) table.columns.push_back({"tax_shield_usd", "tax shield", Kind::money, 2});
  for (const CashQuarter& q : ledger.cash) {
    table.rows.push_back({q.quarter, q.paid, q.purchases, q.depreciation});
    if (s.finance.tax_rate) table.rows.back().emplace_back(q.tax_shield);
  }
  return table;
}

}  // namespace

Page tco_page(const pipeline::Run& run, const std::vector<std::string>& by) {
  Page page;
  const Ledger& ledger = run.ledger;
  page.title = run.loaded.scenario.name + " · what it costs";
  page.facts = {{"Cost", short_money(ledger.totals.present_value), "present value", fmt::format("of it {} that no decision changes", short_money(ledger.sunk.present_value))},
                {"Economic view", short_money(ledger.totals.amount), "undiscounted", "purchases as capital recovery, with interest"},
                {"Expense view", short_money(ledger.totals.expense), "undiscounted", "purchases in equal parts over their life (straight line)"},
                {"Purchases", short_money(ledger.capex), "", "cash, undiscounted"}};
  if (ledger.totals.energy_kwh > 0)
    page.facts.push_back({"Energy", significant(ledger.totals.energy_kwh * 1e-6, 3) + " GWh", tonnes(ledger.totals.carbon_kg) + " CO2e", "location-based" + (ledger.totals.carbon_market_kg == ledger.totals.carbon_kg ? "" : "; market-based " + tonnes(ledger.totals.carbon_market_kg))});
  if (ledger.totals.embodied_kg > 0) page.facts.push_back({"Embodied", tonnes(ledger.totals.embodied_kg) + " CO2e", "", "of making the nodes, in equal parts over their life (scope 3)"});
  const pipeline::Headline h = pipeline::headline(run);
  if (h.usd_per_m_tokens_first > 0)
    page.facts.push_back({"Unit cost", significant(h.usd_per_m_tokens_first, 3) + " -> " + significant(h.usd_per_m_tokens_last, 3), ledger.currency + " per M tokens", "first and last period, by share of capacity"});
  if (const double hours = ledger.totals.accelerator_hours; hours > 0)
    page.facts.push_back({"Accelerator", significant(ledger.totals.paid.approximate() / hours, 4) + " USD an hour", "", fmt::format("all that is paid, over {} hours held or rented", hours >= 1e6 ? significant(hours * 1e-6, 3) + " M" : grouped(std::round(hours)))});
  if (const auto rate = run.loaded.scenario.finance.tax_rate) {
    Money shield;
    for (const CashQuarter& q : ledger.cash) shield += q.tax_shield_present_value;
    page.facts.push_back({"Tax shield", short_money(shield), "present value", fmt::format("straight-line depreciation x {} %, not in the cost", significant(100 * *rate, 4))});
  }
  page.facts.push_back(conventions_fact(run.loaded.scenario));
  if (const auto prices = prices_fact(run.loaded.scenario)) page.facts.push_back(*prices);
  Table table = cost_table(run, by.empty() ? std::vector<std::string>{"period", "category"} : by);
  for (std::size_t c = 0; c < table.columns.size(); ++c) {  // for people: MWh and tonnes
    std::string& name = table.columns[c].name;
    if (name != "energy_kwh" && name != "carbon_kg") continue;
    name = name == "energy_kwh" ? "energy_mwh" : "carbon_t";
    for (auto& row : table.rows) row[c] = std::get<double>(row[c]) * 1e-3;
  }
  page.tables.push_back(std::move(table));
  if (by.empty()) page.tables.push_back(cash_table(run.loaded.scenario, ledger));
  return page;
}

/// A checked value as people read it.
std::string check_value(const pipeline::CheckResult& result) {
  if (!result.ran) return "-";
  const auto named = find_check_figure(result.check.figure);
  if (!named || !std::isfinite(result.value)) return "unknown";
  switch (named->figure->unit) {
    case FigureUnit::money: return std::fabs(result.value) < 1000 ? significant(result.value, 3) : short_money(Money::from_double(result.value));
    case FigureUnit::change: return result.check.relative ? percent(result.value) : short_money(Money::from_double(result.value));
    case FigureUnit::share: return percent(result.value);
    case FigureUnit::mass: return significant(result.value * 1e-6, 4) + " t";
    case FigureUnit::power: return significant(result.value * 1e-6, 3) + " MW";
    case FigureUnit::nodes: return significant(result.value, 4) + " nodes";
    case FigureUnit::requests: break;
  }
  return significant(result.value, 4) + " requests";
}

std::string check_state(const pipeline::CheckResult& result) { return !result.ran ? "not run" : result.passed ? "passed" : result.check.warn_only ? "warning" : "failed"; }

Table checks_table(const std::vector<pipeline::CheckResult>& checks) {
  Table table{"checks", "Checks", {{"check", ""}, {"result", ""}, {"is", "is"}, {"value", "", Kind::number, 4}}, {}, false, ""};
  for (const pipeline::CheckResult& result : checks)
    table.rows.push_back({result.check.text, check_state(result), check_value(result), std::isfinite(result.value) ? Cell(result.value) : Cell()});
  return table;
}

Page checks_page(const std::vector<pipeline::CheckResult>& checks) {
  Page page;
  Table table = checks_table(checks);
  for (auto& row : table.rows) row.pop_back();  // the bare number is for machines
  table.columns.pop_back();
  page.tables.push_back(std::move(table));
  return page;
}

}  // namespace tonnage::report
