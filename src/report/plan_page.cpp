#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "how_counted.hpp"
#include "reasons_page.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/report/pages.hpp"
#include "tonnage/report/uncertainty_page.hpp"
#include "tonnage/tco/capacity_risk.hpp"

namespace tonnage::report {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

std::string percent(double share, int decimals = 0) { return fixed(100 * share, decimals) + " %"; }

/// Small figures keep two significant digits: 0.028 MW is not 0.0 MW.
std::string few(double value, int decimals) { return value > 0 && value < 10 && value != std::round(value) ? significant(value, 2) : fixed(value, decimals); }

std::string title_of(const Scenario& s) {
  return fmt::format("{} · {} {}{} from {} · {}, present value at {}", s.name, s.periods.size(), to_string(s.period_kind), s.periods.size() == 1 ? "" : "s",
                     to_string(s.periods.front().start), s.currency, significant(100 * s.finance.discount_rate_per_year, 4) + " %");
}

std::vector<Fact> plan_facts_lines(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  const pipeline::Headline h = pipeline::headline(run);
  std::vector<Fact> facts;
  const bool several = run.demand.outcomes.size() > 1;
  std::string proof = run.plan.proof.gap <= 1e-8 ? "optimal (proved)" : fmt::format("optimal within {} % (proved)", significant(100 * run.plan.proof.gap, 2));
  if (run.plan.proof.fractions) proof = "with fractions of nodes: no plan costs less";
  constexpr double no_proof = 0.2;  // a gap that says little
  if (run.plan.proof.status == "limit" && run.plan.proof.gap > no_proof) proof = fmt::format("too soon for a proof (gap {} %)", significant(100 * run.plan.proof.gap, 2));
  facts.push_back({"Cost", short_money(h.cost), several ? fmt::format("P10 {} · P90 {}", short_money(h.cost_low), short_money(h.cost_high)) : "",
                   run.plan.proof.status == "limit" ? "stopped by a limit, " + proof : proof});
  std::string error = "no history to test the method on";
  if (h.has_backtest) error = fmt::format("error on the past {}, seasonal naive {}", percent(h.forecast_error, 1), percent(h.naive_error, 1));
  Money penalty, after;
  for (const LineItem& line : run.ledger.lines)
    if (!line.cash) (line.category == "unmet" ? penalty : after) += line.present_value;
  if (penalty != Money()) facts.push_back({"  of it", short_money(penalty), "penalty for load not served", "a reason to act, not a bill"});
  if (after != Money()) facts.push_back({"  of it", short_money(after), "owed after the horizon", "by what lasts beyond it"});
  facts.push_back({"Demand", fmt::format("x{} by {}", fixed(h.growth, 2), s.periods.back().name), "", error});
  facts.push_back({"Fleet", fmt::format("{} -> {} nodes", few(h.nodes_first, 0), few(h.nodes_last, 0)), fmt::format("{} -> {} MW", few(h.mw_first, 1), few(h.mw_last, 1)),
                   fmt::format("used {} on average, {} at peak", percent(h.used_mean), percent(h.used_peak))});
  if (h.usd_per_m_tokens_first > 0 || h.usd_per_m_tokens_last > 0)
    facts.push_back({"Unit cost", fmt::format("{} -> {}", significant(h.usd_per_m_tokens_first, 2), significant(h.usd_per_m_tokens_last, 2)), run.ledger.currency + " per M tokens", ""});
  if (const auto prices = prices_fact(s)) facts.push_back(*prices);
  return facts;
}

std::string order_verb(OfferKind offer) { return offer == OfferKind::purchase ? "order by" : "sign by"; }

/// How the nodes are held: "cw-1y, reserved 12 months".
std::string held_as(const Pool& pool) {
  if (pool.offer == OfferKind::purchase) return pool.name;
  return pool.name + ", " + to_string(pool.offer) + (pool.term_months > 0 ? " " + significant(pool.term_months, 3) + " months" : "");
}

/// The costliest orders, by date; the rest in one row.
Table decisions_table(const pipeline::Run& run, std::size_t most) {
  const Scenario& s = run.loaded.scenario;
  Table table{"orders", "Decisions", {{"when", ""}, {"what", ""}, {"pool", ""}, {"period", "from"}, {"present_value_usd", "cost", Column::Kind::money, 1}}, {}, false, ""};
  std::vector<double> costs;
  for (const Order& order : run.plan.orders) costs.push_back(order.present_value_usd);
  for (const PowerOrder& order : run.plan.power_orders) costs.push_back(order.present_value_usd);
  std::sort(costs.rbegin(), costs.rend());
  const double least = costs.size() > most ? costs[most - 1] : -1;
  Money rest;
  std::size_t left_out = 0;
  const auto leave_out = [&](double present_value_usd) {
    if (present_value_usd >= least && table.rows.size() < most) return false;
    rest += Money::from_double(present_value_usd);
    ++left_out;
    return true;
  };
  auto power = run.plan.power_orders.begin();
  const auto power_until = [&](std::optional<Date> day) {
    for (; power != run.plan.power_orders.end() && (!day || power->order_by <= *day); ++power)
      if (!leave_out(power->present_value_usd))
        table.rows.push_back({"order by " + to_string(power->order_by), significant(power->power_w * 1e-6, 3) + " MW more power for " + power->region, std::string("power offer"), s.periods[at(power->period)].name, Money::from_double(power->present_value_usd)});
  };
  for (const Order& order : run.plan.orders) {
    power_until(order.order_by);
    if (leave_out(order.present_value_usd)) continue;
    const Pool& pool = s.pools[at(pool_index(s, order.pool))];
    table.rows.push_back({order_verb(pool.offer) + " " + to_string(order.order_by), fmt::format("{} x {} for {}", significant(order.nodes, order.nodes == std::round(order.nodes) ? 12 : 4), pool.node, pool.region), held_as(pool), s.periods[at(order.period)].name,
                          Money::from_double(order.present_value_usd)});
  }
  power_until(std::nullopt);
  if (left_out > 0) table.rows.push_back({std::string("later or smaller"), fmt::format("{} more orders", left_out), std::string("tonnage allocate lists them"), std::string(), rest});
  table.note = table.rows.empty() ? "nothing to order or sign" : "cost: present value of holding them to the end of the horizon";
  return table;
}

Table binds_table(const pipeline::Run& run, std::size_t most) {
  Table table = limits_table(run);
  table.rows.resize(std::min(most, table.rows.size()));
  const std::size_t all = run.plan.limits.size();
  const char* how = run.plan.limits_by_dual ? "read off the duals of the relaxation: present value; more may be worth less than told, less may cost more"
                                            : "each from a solve with a little more or less of it: present value, fractions of nodes allowed";
  const std::vector<LineItem>& lines = run.ledger.lines;
  const bool unserved = std::any_of(lines.begin(), lines.end(), [](const LineItem& line) { return line.category == "unmet" && line.present_value > Money(); });
  table.note = all == 0 ? (unserved ? "no power, supply, budget or pool does; load that is not served is told below" : "no limit binds: demand alone sets the cost") : std::string(all > most ? fmt::format("and {} more; ", all - most) : "") + how;
  return table;
}

Table idle_table(const pipeline::Run& run) {
  const IdleCost& idle = run.ledger.idle;
  Table table{"idle", "Where the money idles", {{"cause", "", Column::Kind::text, 0}, {"present_value_usd", "present value", Column::Kind::money, 1}}, {}, true, ""};
  const std::string repair = std::string("nodes in repair") + (run.loaded.scenario.policies.spares_level ? ", and spares for them" : "");
  table.rows = {{std::string("reserve for failover and later periods"), idle.reserve}, {std::string("headroom"), idle.headroom}, {std::string("troughs no deferrable work fills"), idle.troughs},
                {repair, idle.repair}, {std::string("whole nodes"), idle.whole_nodes}};
  std::erase_if(table.rows, [](const auto& row) { return std::get<Money>(row[1]) == Money(); });
  table.total = !table.rows.empty();
  std::stable_sort(table.rows.begin(), table.rows.end(), [](const auto& a, const auto& b) { return std::get<Money>(a[1]) > std::get<Money>(b[1]); });
  table.note = fmt::format("of {} paid for capacity, {} carries work", short_money(idle.useful + idle.headroom + idle.repair + idle.reserve + idle.whole_nodes + idle.troughs), short_money(idle.useful));
  return table;
}

/// Load of a workload in a state, from all origins.
double load_of(const pipeline::Run& run, int workload, const State& state) {
  double sum = 0;
  for (const DemandSeries& series : run.demand.series)
    if (series.workload == run.loaded.scenario.workloads[at(workload)].name) sum += run.demand.load(series, state.outcome, state.period, state.block);
  return sum;
}

/// Loads that would not survive the loss of a region: the worst share of a workload, and the periods.
std::vector<std::string> exposure_notes(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  std::map<std::pair<int, int>, double> lost;  // state, workload
  for (const Shortfall& x : run.plan.exposed) lost[{x.state, x.workload}] += x.load_per_s;
  struct Worst {
    double share = 0;
    int first = 1 << 20, last = -1;
  };
  std::map<std::pair<int, int>, Worst> worst;  // lost region, workload
  for (const auto& [key, load] : lost) {
    const State& state = run.plan.states[at(key.first)];
    const double share = load / std::max(1e-12, load_of(run, key.second, state));
    if (share < 5e-4) continue;  // rounding of the solver
    Worst& w = worst[{state.lost_region, key.second}];
    w.share = std::max(w.share, share);
    w.first = std::min(w.first, state.period);
    w.last = std::max(w.last, state.period);
  }
  std::vector<std::string> notes;
  for (const auto& [key, w] : worst)
    notes.push_back(fmt::format("if {} were lost, up to {} of {} would not be carried in {}{}: no capacity in reach can take it over", s.regions[at(key.first)].name, percent(w.share), s.workloads[at(key.second)].name, s.periods[at(w.first)].name,
                                w.last > w.first ? " to " + s.periods[at(w.last)].name : ""));
  return notes;
}

/// Load that is not served because its penalty is cheaper, one note a workload.
void add_unmet_notes(const pipeline::Run& run, std::vector<std::string>& notes) {
  const Scenario& s = run.loaded.scenario;
  struct Unmet {
    double quantity = 0;
    Money penalty;
    std::string unit;
    double most = 0;
    int worst = 0;
  };
  std::map<std::string, Unmet> unmet;
  for (const LineItem& line : run.ledger.lines) {
    if (line.category != "unmet") continue;
    Unmet& u = unmet[line.workload];
    u.quantity += line.quantity;
    u.penalty += line.present_value;
    u.unit = line.unit;
    if (line.quantity > u.most) {
      u.most = line.quantity;
      u.worst = line.period;
    }
  }
  for (const auto& [name, u] : unmet)
    notes.push_back(fmt::format("{} M {} of {} are not served, most of them in {}: capacity for them cannot arrive in time or costs more than the penalty of {}", significant(u.quantity * 1e-6, 3), u.unit, name,
                                s.periods[at(u.worst)].name, short_money(u.penalty)));
}

/// What bunches, swings and drafts change of the load of deployments that the plan uses.
void add_capacity_remarks(const pipeline::Run& run, std::vector<std::string>& notes) {
  std::set<int> used;
  for (const Placement& placement : run.plan.placements)
    if (placement.load_per_s > 0) used.insert(placement.deployment);
  for (const int i : used) {
    const Deployment& d = run.capacities.deployments[at(i)];
    const std::string note = fmt::format("{} on {} of {}: {}", d.workload, d.accelerators, d.node, d.remark);
    if (!d.remark.empty() && std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
  }
}

std::vector<std::string> watch_notes(const pipeline::Run& run, int warnings) {
  std::vector<std::string> notes = exposure_notes(run);
  add_unmet_notes(run, notes);
  for (const WorkloadForecast& f : run.demand.forecasts)
    if (f.method != "launch" && f.backtest.origins > 0 && f.backtest.error > f.backtest.naive_error)
      notes.push_back(fmt::format("the forecast of {} was worse than seasonal naive on the past ({} against {})", f.workload, percent(f.backtest.error, 1), percent(f.backtest.naive_error, 1)));
  for (const std::string& remark : run.demand.remarks) notes.push_back(remark);
  add_capacity_remarks(run, notes);
  for (const tco::CapacityRisk& risk : tco::capacity_risks(run.loaded.scenario, run.demand, run.capacities, run.plan, run.ledger)) notes.push_back(capacity_risk_note(risk));
  for (const NoDeployment& none : run.capacities.none) notes.push_back(fmt::format("{} cannot run on {}: {}", none.workload, none.node, none.reason));
  if (warnings > 0) notes.push_back(fmt::format("{} warning{}: 'tonnage check' lists what is read but not yet acted on", warnings, warnings == 1 ? "" : "s"));
  return notes;
}

std::string limit_words(const Scenario& s, const BindingLimit& limit) {
  const std::string when = limit.period == every_period ? "" : " in " + s.periods[at(limit.period)].name;
  return named_limit(limit.kind, limit.name) + when;
}

Cell less_costs(const BindingLimit& limit) {
  if (limit.loss_usd) return Money::from_double(*limit.loss_usd);
  return limit.limit > 0 ? Cell(std::string("no plan")) : Cell(std::string("-"));
}

}  // namespace

Table limits_table(const pipeline::Run& run) {
  const std::vector<BindingLimit>& limits = run.plan.limits;
  const bool ranges = std::any_of(limits.begin(), limits.end(), [](const BindingLimit& limit) { return limit.worth_until || limit.loss_until; });
  Table table{"limits", "What binds", {{"limit", "", Column::Kind::text, 0}, {"worth_usd", "more is worth", Column::Kind::money, 1}, {"loss_usd", "less costs", Column::Kind::money, 1}, {"unit", "", Column::Kind::text, 0}}, {}, false, ""};
  if (ranges)
    for (const Column& more : {Column{"now", "now"}, Column{"worth_until", "worth up to"}, Column{"loss_until", "costs down to"}}) table.columns.push_back(more);
  const auto told = [](const std::optional<double>& figure, double worth) { return figure ? significant(*figure, 4) : std::string(worth > 0 ? "any" : "-"); };
  for (const BindingLimit& limit : limits) {
    table.rows.push_back({limit_words(run.loaded.scenario, limit), Money::from_double(limit.worth_usd), less_costs(limit), "per " + limit.unit});
    if (!ranges) continue;
    table.rows.back().emplace_back(significant(limit.limit, 4));
    table.rows.back().emplace_back(told(limit.worth_until, limit.worth_usd));
    table.rows.back().emplace_back(told(limit.loss_until, limit.loss_usd.value_or(0)));
  }
  return table;
}

Page plan_page(const pipeline::Run& run, int warnings) {
  Page page;
  page.title = title_of(run.loaded.scenario);
  page.as_of = run.loaded.scenario.as_of;
  page.facts = plan_facts_lines(run);
  page.tables = {decisions_table(run, 16), binds_table(run, 8), idle_table(run)};
  for (Table& more : reasons_tables(run)) page.tables.push_back(std::move(more));
  page.notes = watch_notes(run, warnings);
  page.notes_title = "Watch";
  return page;
}

namespace {

/// What moves is in the ledger; alternatives and values are facts of their own.
template <class Add>
void add_reasons_facts(const pipeline::Run& run, const Add& add) {
  const Scenario& s = run.loaded.scenario;
  for (const Alternative& a : run.plan.alternatives) {
    const std::string thing = a.name.empty() ? a.kind : a.kind + " " + a.name;
    add("alternatives", thing, "", "use", a.use, a.unit);
    add("alternatives", thing, "", "least_use", a.least_use, a.unit);
    add("alternatives", thing, "", "extra_cost", Money::from_double(a.cost_usd - run.plan.proof.objective_usd), s.currency);
    if (const auto usd = a.usd_per_unit_less(run.plan.proof.objective_usd)) add("alternatives", thing, "", "extra_cost_per_unit_less", *usd, s.currency + "/" + a.unit);
  }
  if (!run.plan.reasons) return;
  for (const MarginalCost& m : run.plan.reasons->marginal_costs) add("reasons", s.workloads[at(m.workload)].name, "", "one_percent_more", Money::from_double(m.usd), s.currency);
  for (const LeadTimeValue& x : run.plan.reasons->lead_times) add("reasons", x.pool, "", "month_less_lead_time", Money::from_double(x.usd), s.currency);
  for (const EntryPrice& x : run.plan.reasons->entry_prices) add("reasons", x.pool, "", "enters_below", x.enters_below, x.unit);
  for (const Regret& x : run.plan.reasons->regrets) add("reasons", run.demand.outcomes[at(x.outcome)].name, "", "regret", Money::from_double(x.usd), s.currency);
  add("reasons", "plan", "", "perfect_information", Money::from_double(run.plan.reasons->perfect_information_usd), s.currency);
  add("reasons", "plan", "", "deciding_later", Money::from_double(run.plan.reasons->deciding_later_usd), s.currency);
}

}  // namespace

Table plan_facts(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  const pipeline::Headline h = pipeline::headline(run);
  Table table{"facts", "", {{"table", "table"}, {"name", "name"}, {"period", "period"}, {"measure", "measure"}, {"value", "value", Column::Kind::number, 6}, {"unit", "unit"}}, {}, false, ""};
  const auto add = [&](const char* kind, const std::string& name, const std::string& period, const char* measure, Cell value, const std::string& unit) {
    table.rows.push_back({std::string(kind), name, period, std::string(measure), std::move(value), unit});
  };
  add("headline", "plan", "", "cost_present_value", h.cost, s.currency);
  add("headline", "plan", "", "cost_p10", h.cost_low, s.currency);
  add("headline", "plan", "", "cost_p50", h.cost_mid, s.currency);
  add("headline", "plan", "", "cost_p90", h.cost_high, s.currency);
  add("headline", "plan", "", "gap", run.plan.proof.gap, "1");
  add("headline", "plan", "", "demand_growth", h.growth, "1");
  add("headline", "plan", "", "forecast_error", h.has_backtest ? Cell(h.forecast_error) : Cell(), "1");
  add("headline", "plan", "", "used_mean", h.used_mean, "1");
  add("headline", "plan", "", "used_peak", h.used_peak, "1");
  add("headline", "plan", "", "capex", run.ledger.capex, s.currency);
  for (const Order& order : run.plan.orders) {
    const std::string& period = s.periods[at(order.period)].name;
    add("orders", order.pool, period, "nodes", order.nodes, "nodes");
    add("orders", order.pool, period, "order_by", to_string(order.order_by), "date");
    add("orders", order.pool, period, "present_value", Money::from_double(order.present_value_usd), s.currency);
  }
  for (const PowerOrder& order : run.plan.power_orders) {
    const std::string& period = s.periods[at(order.period)].name;
    add("power_orders", order.region, period, "power", order.power_w * 1e-6, "MW");
    add("power_orders", order.region, period, "order_by", to_string(order.order_by), "date");
    add("power_orders", order.region, period, "present_value", Money::from_double(order.present_value_usd), s.currency);
  }
  for (const PoolPlan& pool : run.plan.pools)
    for (std::size_t t = 0; t < s.periods.size(); ++t) {
      add("pools", pool.pool, s.periods[t].name, "in_service", pool.in_service[t], "nodes");
      if (pool.rented_hours[t] > 0) add("pools", pool.pool, s.periods[t].name, "rented", pool.rented_hours[t], "node-hours");
    }
  for (const Conversion& c : run.plan.conversions) {
    const std::string pools = s.pools[at(c.from)].name + " for " + s.pools[at(c.to)].name;
    add("conversions", pools, s.periods[at(c.period)].name, "nodes", c.nodes, "nodes");
    add("conversions", pools, s.periods[at(c.period)].name, "gained", c.gained, "nodes");
  }
  for (const BindingLimit& limit : run.plan.limits) {
    const std::string period = limit.period == every_period ? "" : s.periods[at(limit.period)].name;
    add("limits", limit.kind + " " + limit.name, period, "worth", limit.worth_usd, s.currency + " per " + limit.unit);
    if (limit.loss_usd) add("limits", limit.kind + " " + limit.name, period, "loss", *limit.loss_usd, s.currency + " per " + limit.unit);
    if (limit.worth_until) add("limits", limit.kind + " " + limit.name, period, "worth_until", *limit.worth_until, limit.unit);
    if (limit.loss_until) add("limits", limit.kind + " " + limit.name, period, "loss_until", *limit.loss_until, limit.unit);
  }
  add_reasons_facts(run, add);
  const IdleCost& idle = run.ledger.idle;
  const std::pair<const char*, Money> parts[] = {{"useful", idle.useful}, {"headroom", idle.headroom}, {"repair", idle.repair}, {"reserve", idle.reserve}, {"whole_nodes", idle.whole_nodes}, {"troughs", idle.troughs}};
  for (const auto& [name, amount] : parts) add("capacity_cost", name, "", "present_value", amount, s.currency);
  return table;
}

std::string infeasible_text(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  std::string out = "no plan serves all the load that must be served\n";
  for (const std::string& conflict : run.plan.conflicts) out += "  " + conflict + "\n";
  struct Worst {
    double load = 0, demand = 0;
    int state = 0;
  };
  std::map<std::tuple<int, std::string, int>, Worst> worst;  // workload, origin, period
  for (const Shortfall& x : run.plan.shortfalls) {
    Worst& w = worst[{x.workload, x.origin, run.plan.states[at(x.state)].period}];
    if (x.load_per_s > w.load) w = {x.load_per_s, x.demand_per_s, x.state};
  }
  std::size_t shown = 0;
  for (const auto& [key, w] : worst) {
    if (++shown > 12) break;
    const auto& [workload, origin, period] = key;
    const Workload& one = s.workloads[at(workload)];
    out += fmt::format("  {} from {} in {}: {} of {} {} have no capacity in reach\n", one.name, origin, s.periods[at(period)].name, significant(w.load, 3), significant(w.demand, 3), one.unit);
  }
  if (worst.size() > 12) out += fmt::format("  … and {} more\n", worst.size() - 12);
  for (const NoDeployment& none : run.capacities.none) out += fmt::format("  {} cannot run on {}: {}\n", none.workload, none.node, none.reason);
  out += "  what helps: capacity that can arrive in time (lead_time, supply, power, an on-demand pool), more reach, or a price in 'unmet'\n";
  return out;
}

}  // namespace tonnage::report
