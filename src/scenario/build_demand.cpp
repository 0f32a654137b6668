#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "build.hpp"
#include "tonnage/core/csv.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::scenario {

namespace {

int index_of(const std::vector<NamedWeight>& names, const std::string& name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i].name == name) return static_cast<int>(i);
  return -1;
}

std::vector<std::string> names_of(const std::vector<NamedWeight>& weights) {
  std::vector<std::string> out;
  for (const NamedWeight& weight : weights) out.push_back(weight.name);
  return out;
}

std::vector<std::string> origin_names(const Scenario& scenario) {
  std::vector<std::string> out;
  for (const Origin& origin : scenario.origins) out.push_back(origin.name);
  return out;
}

/// Finds the six columns of a demand table; false when one is missing.
bool table_columns(const CsvTable& table, int file, int (&columns)[6], Diagnostics& diagnostics) {
  const char* const names[] = {"period", "block", "outcome", "workload", "origin", "requests_per_s"};
  for (int i = 0; i < 6; ++i) {
    columns[i] = table.column(names[i]);
    if (columns[i] >= 0) continue;
    if (!table.header.fields.empty())
      diagnostics.error("csv-column", fmt::format("column '{}' is missing", names[i]), {file, 1, 1, 0}, "", "expected: period,block,outcome,workload,origin,requests_per_s");
    return false;
  }
  return true;
}

/// Rows of one workload of a demand table.
std::vector<DemandRow> read_table(const ParsedTable& file, const Workload& workload, const Scenario& scenario, Diagnostics& diagnostics) {
  const CsvTable& table = file.table;
  int columns[6];
  if (!table_columns(table, file.source, columns, diagnostics)) return {};
  std::vector<DemandRow> rows;
  std::set<std::tuple<int, int, int, std::string>> seen;
  for (const CsvRow& row : table.rows) {
    const auto field = [&](int i) -> const CsvField& { return row.fields[static_cast<std::size_t>(columns[i])]; };
    if (field(3).text != workload.name) continue;
    double period = 0, load = 0;
    bool good = read_number(field(0), period, diagnostics);
    good = read_number(field(5), load, diagnostics) && good;
    if (!good) continue;
    const auto refuse = [&](int i, std::string message) { diagnostics.error("csv-range", std::move(message), field(i).mark); };
    const auto unknown = [&](int i, const char* what, const std::vector<std::string>& names) {
      const std::string close = suggest(field(i).text, names);
      diagnostics.error("unknown-name", fmt::format("there is no {} '{}'", what, field(i).text), field(i).mark, close.empty() ? "" : "did you mean '" + close + "'?",
                        names.empty() ? fmt::format("the scenario names no {}s", what) : "known: " + name_list(names, 12));
    };
    const int block = index_of(scenario.block_hours, field(1).text);
    const int outcome = index_of(scenario.outcomes, field(2).text);
    const bool origin_known = std::any_of(scenario.origins.begin(), scenario.origins.end(), [&](const Origin& o) { return o.name == field(4).text; });
    if (period < 1 || period > static_cast<double>(scenario.periods.size()) || period != std::floor(period))
      refuse(0, fmt::format("period '{}' is not in the horizon, 1 to {}", field(0).text, scenario.periods.size()));
    else if (block < 0) unknown(1, "block", names_of(scenario.block_hours));
    else if (outcome < 0) unknown(2, "outcome", names_of(scenario.outcomes));
    else if (!origin_known && field(4).text != "anywhere") unknown(4, "origin", origin_names(scenario));
    else if (load < 0) refuse(5, "demand is negative");
    else if (!seen.emplace(static_cast<int>(period), block, outcome, field(4).text).second) refuse(0, "this period, block, outcome, workload and origin stand twice");
    else rows.push_back({static_cast<int>(period) - 1, block, outcome, field(4).text, load});
  }
  return rows;
}

void demand_table(const View& view, BuildContext& context, const Scenario& scenario, Workload& out) {
  if (scenario.block_hours.empty() || scenario.outcomes.empty()) {
    context.diagnostics.error("missing-key", "a demand table needs the keys 'blocks' and 'outcomes', which its columns name", view.mark(), "",
                              "for example  blocks: {all: 730 h}  and  outcomes: {base: 1}");
    return;
  }
  const auto file = open_named(view, context);
  if (!file) return;
  out.demand.table = read_table(context.files.table(*file), out, scenario, context.diagnostics);
  if (out.demand.table.empty() && !context.diagnostics.has_errors())
    context.diagnostics.error("csv-empty", fmt::format("'{}' has no row for workload '{}'", file->path, out.name), view.mark());
}

/// Requests per second in the unit of the values; nothing, and an error, where it is none.
std::optional<double> history_unit(const View& view, BuildContext& context) {
  const std::string unit = view.text("requests/s");
  const auto parsed = parse_unit(unit, context.currencies);
  const auto expected = parse_unit("requests/s", Currencies{});
  if (parsed && parsed->first == expected->first) return parsed->second;
  context.diagnostics.error("unknown-unit", fmt::format("unknown unit '{}' for a request rate, expected requests per time, e.g. requests/s, requests/h", unit), view.mark());
  return std::nullopt;
}

void demand_history(const View& view, BuildContext& context, const Scenario& scenario, Workload& out) {
  const auto factor = history_unit(view.at("unit"), context);
  if (!factor) return;
  const auto file = open_named(view.at("history"), context);
  if (!file) return;
  const ParsedTable& parsed = context.files.table(*file);
  const int before = context.diagnostics.error_count();
  const std::vector<LocatedSeries> history = read_history(parsed, out.name, *factor, context.diagnostics);
  if (!parsed.sound || context.diagnostics.error_count() > before) return;  // rows with mistakes would count as gaps
  const std::vector<std::string> origins = origin_names(scenario);
  for (const LocatedSeries& located : history) {
    const HistorySeries& series = located.series;
    check_gaps(out.name, located, out.accept_gaps, context.diagnostics);
    if (out.refuse_outliers) check_outliers(out.name, located, context.diagnostics);
    if (!series.origin.empty() && !origins.empty() && std::find(origins.begin(), origins.end(), series.origin) == origins.end()) {
      const std::string close = suggest(series.origin, origins);
      context.diagnostics.error("unknown-name", fmt::format("the history of workload '{}' has the origin '{}', which the scenario does not", out.name, series.origin), located.rows.front(),
                                close.empty() ? "" : "did you mean '" + close + "'?", "known: " + name_list(origins, 12));
    }
    out.demand.history.push_back(series);
  }
}

void origin_shares(const View& view, BuildContext& context, Workload& out) {
  double sum = 0;
  const View shares = view.at("origins");
  shares.each([&](const std::string& origin, const View& share) {
    out.demand.origin_shares[origin] = share.number(0);
    sum += share.number(0);
  });
  if (shares && std::fabs(sum - 1) > 1e-6)
    context.diagnostics.error("shares", fmt::format("the shares of the origins sum to {} %, not 100 %", significant(100 * sum, 6)), shares.mark());
}

void demand_growth(const View& growth, Workload& out) {
  if (const auto number = growth.number()) out.demand.growth_per_year = *number * year_s;
  else if (const View bass = growth.at("bass"))
    out.demand.bass = BassGrowth{bass.at("market").number(0), bass.at("p").number(0), bass.at("q").number(0), {}};
}

/// Series of a file of loads; empty when it has mistakes.
std::vector<HistorySeries> loads_of(const View& view, const View& unit_view, BuildContext& context, const std::string& workload) {
  std::vector<HistorySeries> out;
  const auto factor = history_unit(unit_view, context);
  const auto file = factor ? open_named(view, context) : std::nullopt;
  if (!file) return out;
  for (LocatedSeries& located : read_history(context.files.table(*file), workload, *factor, context.diagnostics)) out.push_back(std::move(located.series));
  return out;
}

void demand_launch(const View& demand, BuildContext& context, Workload& out) {
  const View view = demand.at("launch"), unit = demand.at("unit");
  Launch launch;
  const auto date = view.at("date").date();
  if (date) launch.date = *date;
  launch.market_per_s = view.at("market").number();
  launch.analogues = loads_of(view.at("analogues"), unit, context, out.name);
  if (view.has("seen")) launch.seen = loads_of(view.at("seen"), unit, context, out.name);
  if (launch.seen.size() > 1)
    context.diagnostics.error("launch", fmt::format("the load seen of '{}' has {} origins, expected one series; 'origins' says how it is shared", out.name, launch.seen.size()), view.at("seen").mark());
  for (const HistorySeries& one : launch.analogues)
    if (const auto above = std::count_if(one.values.begin(), one.values.end(), [](double v) { return v > 0; }); above < 4)
      context.diagnostics.error("launch", fmt::format("the earlier product '{}' has {} values above 0, a curve needs 4 or more", one.origin, above), view.at("analogues").mark());
  view.at("replaces").each([&](const std::string& name, const View& share) { launch.replaces.push_back({name, share.number(0), {}}); });
  if (date && !launch.analogues.empty()) out.demand.launch = std::move(launch);
}

}  // namespace

void build_demand(const View& view, BuildContext& context, const Scenario& scenario, Workload& out) {
  const View demand = view.at("demand");
  constexpr const char* sources[] = {"history", "start", "launch", "constant", "table"};
  std::vector<std::string> given;
  for (const char* key : sources)
    if (demand.has(key)) given.emplace_back(key);
  if (given.size() != 1) {
    const std::string found = given.empty() ? "none" : join(given, " and ");
    context.diagnostics.error("demand-source", fmt::format("workload '{}' needs exactly one of demand.history, start, launch, constant and table; found {}", out.name, found),
                              demand ? demand.mark() : view.mark());
    return;
  }
  if (given[0] == "history") demand_history(demand, context, scenario, out);
  if (given[0] == "table") demand_table(demand.at("table"), context, scenario, out);
  if (given[0] == "start") {
    out.demand.start_per_s = demand.at("start").number(0);
    demand_growth(demand.at("growth"), out);
    const View bass = demand.at("growth").at("bass");
    if (out.demand.bass && out.demand.bass->market_per_s < *out.demand.start_per_s)
      context.diagnostics.error("disorder", "the market of a diffusion is below its start", bass.at("market").mark());
  }
  if (given[0] == "constant") out.demand.constant_per_s = demand.at("constant").number(0);
  if (given[0] == "launch") demand_launch(demand, context, out);
  if (given[0] == "start" || given[0] == "launch" || given[0] == "constant") origin_shares(demand, context, out);
  build_price(demand, context, out);
}

}  // namespace tonnage::scenario
