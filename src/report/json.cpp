#include "tonnage/report/json.hpp"

#include <algorithm>
#include <cmath>

#include "json_facts.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::report {

namespace {

/// The resolved scenario as it was written: numbers stay numbers, all else text.
Json tree_json(const scenario::Node& node) {
  using Kind = scenario::Node::Kind;
  if (node.kind == Kind::null) return nullptr;
  if (node.kind == Kind::sequence) {
    Json out = Json::array();
    for (const scenario::Node& item : node.items) out.push_back(tree_json(item));
    return out;
  }
  if (node.kind == Kind::mapping) {
    Json out = Json::object();
    for (const scenario::Entry& entry : node.entries) out[entry.key] = tree_json(entry.value);
    return out;
  }
  if (node.quoted) return node.text;
  if (node.text == "true" || node.text == "false") return node.text == "true";
  if (const auto whole = parse_integer(node.text)) return *whole;
  if (const auto number = parse_double(node.text); number && std::isfinite(*number)) return *number;
  return node.text;
}

Json head(const std::string& kind) { return {{"tonnage", document_version}, {"kind", kind}}; }

/// The library's own writer does not always give the shortest digits, and amounts must read back to the millionth.
void write(const Json& json, std::size_t depth, std::string& out) {
  if (json.is_number_float()) {
    out += shortest(json.get<double>());
  } else if (json.is_structured() && !json.empty()) {
    const bool flat = json.is_array() && !json.front().is_structured();  // lists of numbers on one line
    const std::string line = flat ? "" : "\n" + std::string(depth + 1, ' ');
    out += json.is_array() ? '[' : '{';
    bool first = true;
    for (auto it = json.begin(); it != json.end(); ++it) {
      out += first ? line : (flat ? ", " : "," + line);
      first = false;
      if (json.is_object()) out += Json(it.key()).dump(-1, ' ', false, Json::error_handler_t::replace) + ": ";
      write(*it, depth + 1, out);
    }
    out += (flat ? "" : "\n" + std::string(depth, ' ')) + (json.is_array() ? "]" : "}");
  } else {
    out += json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

/// Marks that turn the direction of text, which only stand in texts, as escapes: the value is the same, and a viewer shows what is there.
std::string without_turns(const std::string& json) {
  static const std::pair<std::string_view, const char*> marks[] = {{"\u061c", "\\u061c"}, {"\u200e", "\\u200e"}, {"\u200f", "\\u200f"}, {"\u202a", "\\u202a"}, {"\u202b", "\\u202b"}, {"\u202c", "\\u202c"},
                                                                 {"\u202d", "\\u202d"}, {"\u202e", "\\u202e"}, {"\u2066", "\\u2066"}, {"\u2067", "\\u2067"}, {"\u2068", "\\u2068"}, {"\u2069", "\\u2069"}};
  if (json.find_first_of("\xD8\xE2") == std::string::npos) return json;  // the first bytes of all of them
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const auto* found = json[at] != '\xD8' && json[at] != '\xE2' ? std::end(marks) : std::find_if(std::begin(marks), std::end(marks), [&](const auto& mark) { return json.compare(at, mark.first.size(), mark.first) == 0; });
    out += found == std::end(marks) ? std::string(1, json[at]) : found->second;
    at += found == std::end(marks) ? 1 : found->first.size();
  }
  return out;
}

std::string dump(const Json& json) {
  std::string out;
  write(json, 0, out);
  return without_turns(out) + "\n";
}

Json headline_json(const pipeline::Run& run) {
  const pipeline::Headline h = pipeline::headline(run);
  const auto some = [](double value) { return value > 0 ? Json(value) : Json(nullptr); };
  return {{"cost_usd", money_number(h.cost)}, {"cost_p10_usd", money_number(h.cost_low)}, {"cost_p50_usd", money_number(h.cost_mid)}, {"cost_p90_usd", money_number(h.cost_high)}, {"demand_growth", h.growth},
          {"forecast_error", h.has_backtest ? Json(h.forecast_error) : Json(nullptr)}, {"naive_error", h.has_backtest ? Json(h.naive_error) : Json(nullptr)}, {"nodes_first", h.nodes_first}, {"nodes_last", h.nodes_last},
          {"power_first_mw", h.mw_first}, {"power_last_mw", h.mw_last}, {"used_mean", h.used_mean}, {"used_peak", h.used_peak}, {"first_usd_per_m_tokens", some(h.usd_per_m_tokens_first)},
          {"last_usd_per_m_tokens", some(h.usd_per_m_tokens_last)}};
}

void add_documents(const pipeline::Run& run, const std::string& kind, Json& out) {
  const Scenario& s = run.loaded.scenario;
  const bool all = kind == "plan";
  if (all && run.feasible()) out["headline"] = headline_json(run);
  if (kind != "capacities") out["demand"] = demand_json(run.demand);
  if (kind != "demand") out["capacities"] = capacities_json(run.capacities);
  if (all || kind == "allocation" || kind == "ledger") out["plan"] = plan_json(s, run.demand, run.plan);
  if ((all || kind == "ledger") && run.feasible()) out["ledger"] = ledger_json(s, run.ledger);
  if (all && run.feasible()) {
    Json checks = Json::array();
    for (const pipeline::CheckResult& c : pipeline::run_checks(run))
      checks.push_back({{"check", c.check.text}, {"path", c.check.path}, {"value", std::isfinite(c.value) ? Json(c.value) : Json(nullptr)}, {"passed", c.ran ? Json(c.passed) : Json(nullptr)}, {"level", c.check.warn_only ? "warn" : "fail"}});
    out["checks"] = std::move(checks);
  }
}

}  // namespace

std::string to_json(const pipeline::Run& run, const std::string& kind) {
  Json out = head(kind);
  Json inputs = Json::object();
  for (const scenario::InputFile& file : run.loaded.inputs) inputs[file.name] = file.sha256;
  out["inputs"] = std::move(inputs);
  out["seed"] = run.seed;
  add_documents(run, kind, out);
  Json facts = facts_json(run.loaded.scenario);
  for (std::size_t w = 0; w < run.loaded.scenario.workloads.size(); ++w) {
    const Workload& one = run.loaded.scenario.workloads[w];
    Json reach = Json::object();
    for (const DemandSeries& series : run.demand.series)
      if (series.workload == one.name) {
        Json regions = Json::array();
        for (const int r : reachable_regions(run.loaded.scenario, one, series.origin)) regions.push_back(run.loaded.scenario.regions[static_cast<std::size_t>(r)].name);
        reach[series.origin] = std::move(regions);
      }
    facts["workloads"][w]["reach"] = std::move(reach);
  }
  out["facts"] = std::move(facts);
  out["scenario"] = tree_json(run.loaded.tree);
  if (kind == "plan") {
    out["files"] = Json::object();
    for (const scenario::DataFile& file : run.loaded.files) out["files"][file.name] = file.text;
  }
  Json places = Json::object();
  for (const scenario::Place& place : run.loaded.places) places[place.path] = place.where;
  out["places"] = std::move(places);
  return dump(out);
}

namespace {

/// A year.
double effective_rate(const Finance& f) { return f.compounding == Compounding::nominal_monthly ? std::pow(1 + monthly_rate(f), 12) - 1 : f.discount_rate_per_year; }

/// ", quoted 2026-11-02 from offer 4711 of Acme"
std::string quoted_words(const std::vector<PriceRecord>& prices, const std::string& path) {
  std::string out;
  for (const PriceRecord& price : prices) {
    if (price.path != path) continue;
    if (price.quoted) out += ", quoted " + to_string(*price.quoted);
    if (!price.source.empty()) out += (out.empty() ? ", from " : " from ") + price.source;
  }
  return out;
}

}  // namespace

PlanFile summarize(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  PlanFile out;
  out.name = s.name;
  out.currency = s.currency;
  const auto sources = [&](const LineItem& line) {
    std::string text;
    for (const Factor& factor : line.factors)
      for (const scenario::Place& place : run.loaded.places)
        if (!factor.path.empty() && place.path == factor.path) text += (text.empty() ? "" : ", ") + place.path + " at " + place.where + quoted_words(s.prices, place.path);
    return text;
  };
  for (const LineItem& line : run.ledger.lines)
    out.lines.push_back({s.periods[static_cast<std::size_t>(line.period)].name, line.pool, line.region, line.workload, line.category, formula(line), sources(line), line.amount, line.present_value, line.factors});
  const pipeline::Headline h = pipeline::headline(run);
  out.figures = {{"demand growth", "x", h.growth}, {"nodes at the end", "nodes", h.nodes_last}, {"power at the end", "MW", h.mw_last}, {"used on average", "%", 100 * h.used_mean}, {"purchases", "USD", run.ledger.capex.approximate()}};
  for (const CashQuarter& one : run.ledger.cash) out.cash.emplace_back(one.quarter, one.paid);
  out.discount_rate_per_year = effective_rate(s.finance);
  out.finance = s.finance;
  out.start = s.periods.front().start;
  out.prices = s.prices;
  return out;
}

namespace {

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

/// "price (assistant.yaml:29:75), …" for the factors that stand in a file.
std::string sources_of(const Json& line, const Json& places, const std::vector<PriceRecord>& prices) {
  std::string out;
  for (const Json& factor : line.value("factors", Json::array())) {
    const std::string path = text_of(factor, "path");
    const std::string where = path.empty() || !places.is_object() ? "" : text_of(places, path.c_str());
    if (!where.empty()) out += (out.empty() ? "" : ", ") + path + " at " + where + quoted_words(prices, path);
  }
  return out;
}

std::vector<Factor> factors_of(const Json& line) {
  std::vector<Factor> out;
  for (const Json& one : line.value("factors", Json::array())) {
    if (!one.is_object()) continue;
    Factor factor{text_of(one, "name"), number_of(one, "value"), text_of(one, "unit"), text_of(one, "path")};
    if (const auto found = one.find("recovery"); found != one.end() && found->is_object())
      factor.recovery = Recovery{number_of(*found, "life_months"), number_of(*found, "residual_share"), number_of(*found, "offset"), number_of(*found, "scale")};
    out.push_back(std::move(factor));
  }
  return out;
}

std::vector<PriceRecord> prices_of(const Json& facts) {
  std::vector<PriceRecord> out;
  for (const Json& one : facts.value("prices", Json::array()))
    if (one.is_object()) out.push_back({text_of(one, "path"), text_of(one, "of"), one.value("given", true), parse_date(text_of(one, "quoted")), text_of(one, "source")});
  return out;
}

/// Rate and compounding.
Finance finance_of(const Json& facts) {
  Finance out;
  const Json finance = facts.value("finance", Json::object());
  out.discount_rate_per_year = number_of(finance, "discount_rate_per_year");
  const std::string compounding = text_of(finance, "compounding");
  for (const Compounding one : {Compounding::annual, Compounding::nominal_monthly})
    if (compounding == to_string(one)) out.compounding = one;
  return out;
}

}  // namespace

std::optional<PlanFile> read_plan(const std::string& text, std::string& error) {
  const Json root = parse_json(text);
  if (root.is_discarded() || !root.is_object()) {
    error = "it is not JSON";
    return std::nullopt;
  }
  if (text_of(root, "kind") != "plan") {
    error = "its kind is '" + text_of(root, "kind") + "', expected a plan, as 'tonnage plan SCENARIO -o plan.json' writes it";
    return std::nullopt;
  }
  const std::string version = text_of(root, "tonnage");
  if (version.rfind("1.", 0) != 0) {
    error = "its version is '" + version + "', this program reads 1.x";
    return std::nullopt;
  }
  if (!root.contains("ledger") || !root["ledger"].is_object() || !root["ledger"]["lines"].is_array()) {
    error = "it has no ledger: the plan was infeasible";
    return std::nullopt;
  }
  PlanFile out;
  const Json& facts = root.contains("facts") ? root["facts"] : Json::object();
  out.name = text_of(facts, "name");
  out.currency = text_of(facts, "currency");
  out.prices = prices_of(facts);
  out.finance = finance_of(facts);
  if (const Json periods = facts.value("periods", Json::array()); !periods.empty() && periods.front().is_object()) out.start = parse_date(text_of(periods.front(), "start")).value_or(Date());
  const Json places = root.contains("places") ? root["places"] : Json::object();
  for (const Json& line : root["ledger"]["lines"]) {
    if (!line.is_object()) continue;
    out.lines.push_back({text_of(line, "period"), text_of(line, "pool"), text_of(line, "region"), text_of(line, "workload"), text_of(line, "category"), text_of(line, "formula"), sources_of(line, places, out.prices),
                         Money::from_double(number_of(line, "cost_usd")), Money::from_double(number_of(line, "present_value_usd")), factors_of(line)});
  }
  const Json& h = root.contains("headline") ? root["headline"] : Json::object();
  out.figures = {{"demand growth", "x", number_of(h, "demand_growth")}, {"nodes at the end", "nodes", number_of(h, "nodes_last")}, {"power at the end", "MW", number_of(h, "power_last_mw")},
                 {"used on average", "%", 100 * number_of(h, "used_mean")}, {"purchases", "USD", number_of(root["ledger"], "capex_usd")}};
  for (const Json& one : root["ledger"].value("cash", Json::array()))
    if (one.is_object()) out.cash.emplace_back(text_of(one, "quarter"), Money::from_double(number_of(one, "paid_usd")));
  out.discount_rate_per_year = effective_rate(out.finance);
  return out;
}

std::optional<DocumentScenario> read_scenario(const std::string& text) {
  const Json root = parse_json(text);
  if (!root.is_object() || !root.contains("scenario") || !root["scenario"].is_object() || !root.contains("files") || !root["files"].is_object()) return std::nullopt;
  DocumentScenario out;
  out.tree = dump(root["scenario"]);
  for (const auto& [name, contents] : root["files"].items())
    if (contents.is_string()) out.files.push_back({name, contents.get<std::string>()});
  if (const auto seed = root.find("seed"); seed != root.end() && seed->is_number_unsigned()) out.seed = seed->get<std::uint64_t>();
  return out;
}

namespace {

/// Whole numbers without a point: 8, not 8.0.
Json number_json(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::floor(value) && std::fabs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

}  // namespace

namespace {

Json row_json(const Table& table, const std::vector<Cell>& row) {
  Json one = Json::object();
  for (std::size_t c = 0; c < row.size(); ++c) {
    const std::string& name = table.columns[c].name;
    if (const auto* text = std::get_if<std::string>(&row[c])) one[name] = *text;
    else if (const auto* number = std::get_if<double>(&row[c])) one[name] = number_json(*number);
    else if (const auto* money = std::get_if<Money>(&row[c])) one[name] = money_number(*money);
    else one[name] = nullptr;
  }
  return one;
}

}  // namespace

std::string table_jsonl(const Table& table) {
  std::string out;
  for (const auto& row : table.rows) out += without_turns(row_json(table, row).dump(-1, ' ', false, Json::error_handler_t::replace)) + "\n";
  return out;
}

std::string table_json(const std::string& kind, const std::vector<Table>& tables) {
  Json out = head(kind);
  for (const Table& table : tables) {
    Json rows = Json::array();
    for (const auto& row : table.rows) rows.push_back(row_json(table, row));
    out[table.id] = std::move(rows);
  }
  return dump(out);
}

}  // namespace tonnage::report
