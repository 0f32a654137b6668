// curve --search: the ways to deploy a model that no other way beats.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "context.hpp"
#include "curve_query.hpp"
#include "mistakes.hpp"
#include "tonnage/capacity/search.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/pages.hpp"

namespace tonnage::cli {

namespace {

using report::Cell;
using report::Column;
using report::Table;

/// One price per node, in their order: "32 USD/h,17.7 USD/h". Throws UsageError.
void read_prices(const Options& o, std::vector<capacity::SearchNode>& nodes) {
  if (o.price.empty()) return;
  const auto parts = split(o.price, ',');
  if (parts.size() != nodes.size())
    throw UsageError{fmt::format("--price has {} prices for {} nodes: one for each, in their order", parts.size(), nodes.size())};
  for (std::size_t i = 0; i < parts.size(); ++i)
    nodes[i].usd_per_h = 3600 * positive_quantity("--price", std::string(trim(parts[i])), "USD/h", "a price of a node, e.g. '55 USD/h'");
}

capacity::SearchQuery search_query(const Context& context) {
  Options one = context.options;
  capacity::SearchQuery query;
  Mistakes mistakes;
  query.calibration = own_calibration(context);
  const auto names = split(context.options.node, ',');
  for (std::size_t i = 0; i < names.size(); ++i)
    mistakes.attempt([&] {
      one.node = std::string(trim(names[i]));
      if (one.node.empty() && names.size() > 1) throw UsageError{"--node is '" + context.options.node + "': a node of its list has no name"};
      query.base = query_of(context, one, query.calibration);
      if (std::any_of(query.nodes.begin(), query.nodes.end(), [&](const capacity::SearchNode& n) { return n.node.name == one.node; })) throw UsageError{"--node names '" + one.node + "' more than once"};
      query.nodes.push_back({query.base.node, query.base.accelerator, std::nullopt});
    });
  if (mistakes.none()) mistakes.attempt([&] { read_prices(one, query.nodes); });
  mistakes.attempt([&] {
    if (one.cost_ceiling.empty()) return;
    if (one.price.empty()) throw UsageError{"--cost-ceiling needs --price: what a node costs"};
    query.most_usd_per_million = positive_quantity("--cost-ceiling", one.cost_ceiling, "USD", "an amount for a million output tokens, e.g. '2 USD'");
  });
  mistakes.attempt([&] {
    if (!one.power_budget.empty()) query.power_budget_w = positive_quantity("--power-budget", one.power_budget, "W", "a power, e.g. '2 MW'");
  });
  mistakes.raise();
  query.threads = threads_of(context);
  return query;
}

struct Field {
  Column column;
  Cell (*value)(const capacity::DeploymentChoice&);
};

Cell cell(const std::optional<double>& value) { return value ? Cell(*value) : Cell(std::monostate{}); }

/// "TP4 EP4", or both parts of two deployments.
std::string layout_words(const capacity::DeploymentChoice& d) {
  return d.parts.empty() ? to_string(d.layout) : d.parts;
}

std::vector<Field> fields_of(const capacity::SearchQuery& q) {
  using D = capacity::DeploymentChoice;
  constexpr auto number = Column::Kind::number;
  const bool tokens = capacity::has_output_tokens(q.base);
  std::vector<Field> fields{{{"node", "node"}, [](const D& d) { return Cell(d.node); }},
                            {{"precision", "precision"}, [](const D& d) { return Cell(std::string(to_string(d.precision))); }},
                            {{"accelerators", "acc.", number, 0}, [](const D& d) { return Cell(static_cast<double>(d.accelerators)); }}};
  const auto add = [&](bool wanted, Column column, Cell (*value)(const D&)) {
    if (wanted) fields.push_back({std::move(column), value});
  };
  add(tokens, {"kv_precision", "KV"}, [](const D& d) { return Cell(std::string(to_string(d.kv_precision))); });
  add(true, {"layout", "layout"}, [](const D& d) { return Cell(layout_words(d)); });
  add(tokens, {"chunk_tokens", "chunk", number, 0}, [](const D& d) { return Cell(static_cast<double>(d.chunk_tokens)); });
  add(true, {"batch_limit", "batch", number, 0}, [](const D& d) { return Cell(static_cast<double>(d.batch_limit)); });
  add(true, {"load_per_s", "load/s", number, 2}, [](const D& d) { return Cell(d.load_per_s); });
  add(true, {"load_per_accelerator_s", "per acc.", number, 2}, [](const D& d) { return Cell(d.load_per_accelerator_s); });
  add(tokens, {"user_tokens_per_s", "tok/s/user", number, 0}, [](const D& d) { return Cell(d.user_tokens_per_s); });
  add(true, {"ttft_p95_ms", tokens ? "TTFT P95 ms" : "P95 ms", number, 0}, [](const D& d) { return Cell(1e3 * d.ttft_p95_s); });
  add(tokens, {"tpot_p95_ms", "TPOT P95 ms", number, 1}, [](const D& d) { return Cell(1e3 * d.tpot_p95_s); });
  add(true, {"power_w", "W", number, 0}, [](const D& d) { return Cell(d.power_w); });
  add(tokens, {"output_tokens_per_j", "tok/J", number, 2}, [](const D& d) { return Cell(d.output_tokens_per_j); });
  const bool priced = q.nodes.front().usd_per_h.has_value(), ceiling = q.most_usd_per_million.has_value(), power = q.power_budget_w.has_value();
  add(priced, tokens ? Column{"cost_per_million_output_tokens_usd", "USD/M tok", number, 3} : Column{"cost_per_million_requests_usd", "USD/M req", number, 5},
      [](const D& d) { return cell(d.usd_per_million); });
  add(ceiling, {"ceiling_load_per_s", "at ceiling", number, 2}, [](const D& d) { return cell(d.ceiling_load_per_s); });
  add(ceiling && tokens, {"ceiling_user_tokens_per_s", "tok/s/user", number, 0}, [](const D& d) { return cell(d.ceiling_user_tokens_per_s); });
  add(power, {"replicas", "replicas", number, 0}, [](const D& d) { return cell(d.replicas); });
  add(power, {"budget_load_per_s", "load/s", number, 1}, [](const D& d) { return d.replicas ? Cell(*d.replicas * d.load_per_s) : Cell(std::monostate{}); });
  add(true, {"limit", "limit"}, [](const D& d) { return Cell(d.limit); });
  return fields;
}

/// The resource of which a percent more carries most, e.g. "memory bandwidth 0.81"; of two deployments nothing is said.
std::string helps_most(const capacity::SearchQuery& q, const capacity::DeploymentChoice& choice) {
  if (!choice.parts.empty()) return {};
  auto worth = capacity::elasticities(capacity::query_of(q, choice), choice.layout);
  std::erase_if(worth, [](const capacity::Elasticity& e) { return std::string_view(e.resource) == "latency limits"; });
  const auto most = std::max_element(worth.begin(), worth.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  return most == worth.end() || !(most->value > 0) ? "" : fmt::format("{} {:.2f}", most->resource, most->value);
}

Table search_table(const capacity::SearchQuery& q, const capacity::SearchResult& result) {
  Table table{"frontier", "", {}, {}, false,
              "each matches no other in all of: accelerators of a replica, load per accelerator, power and cost per load; analytic, at the SLO's limit. "
              "What a lower precision does to answers is not judged."};
  const std::vector<Field> fields = fields_of(q);
  for (const Field& field : fields) table.columns.push_back(field.column);
  table.columns.push_back({"helps_most", "helps most"});
  for (const capacity::DeploymentChoice& choice : result.frontier) {
    std::vector<Cell>& row = table.rows.emplace_back();
    for (const Field& field : fields) row.push_back(field.value(choice));
    row.emplace_back(helps_most(q, choice));
  }
  return table;
}

std::string way(const capacity::DeploymentChoice& d) {
  return fmt::format("{} on {} of {}, {}", to_string(d.precision), d.accelerators, d.node, layout_words(d));
}

void add_answers(const capacity::SearchQuery& q, const capacity::SearchResult& result, report::Page& page) {
  const char* unit = capacity::has_output_tokens(q.base) ? "output tokens" : "requests";
  const capacity::DeploymentChoice* interactive = nullptr;
  const capacity::DeploymentChoice* cheapest = nullptr;
  const capacity::DeploymentChoice* within = nullptr;
  for (const capacity::DeploymentChoice& d : result.choices) {
    if (d.usd_per_million && (cheapest == nullptr || *d.usd_per_million < *cheapest->usd_per_million)) cheapest = &d;
    if (d.ceiling_user_tokens_per_s && (interactive == nullptr || *d.ceiling_user_tokens_per_s > *interactive->ceiling_user_tokens_per_s)) interactive = &d;
    if (d.replicas && (within == nullptr || *d.replicas * d.load_per_s > *within->replicas * within->load_per_s)) within = &d;
  }
  if (cheapest != nullptr)
    page.facts.push_back({"Cheapest", fmt::format("{:.3g} USD per M {}", *cheapest->usd_per_million, unit), way(*cheapest), ""});
  if (interactive != nullptr)
    page.facts.push_back({"Most interactive", fmt::format("{:.0f} tokens/s a user", *interactive->ceiling_user_tokens_per_s), way(*interactive),
                          fmt::format("at {:.3g} requests/s a replica, within {:.3g} USD", *interactive->ceiling_load_per_s, *q.most_usd_per_million)});
  else if (cheapest != nullptr && cheapest->ceiling_load_per_s)
    page.facts.push_back({"Pays from", fmt::format("{:.4g} requests/s a replica", *cheapest->ceiling_load_per_s), way(*cheapest),
                          fmt::format("at {:.3g} USD per M {}; there it answers soonest", *q.most_usd_per_million, unit)});
  else if (q.most_usd_per_million)
    page.facts.push_back({"Most interactive", "none", fmt::format("no deployment is within {:.3g} USD per M {}", *q.most_usd_per_million, unit), ""});
  if (within != nullptr && *within->replicas == 0) {
    const auto least = std::min_element(result.choices.begin(), result.choices.end(), [](const auto& a, const auto& b) { return a.power_w < b.power_w; });
    page.facts.push_back({"Within the power", "none", fmt::format("the least that a replica draws is {:.0f} W, the budget {:.0f} W", least->power_w, *q.power_budget_w), way(*least)});
  } else if (within != nullptr)
    page.facts.push_back({"Within the power", fmt::format("{:.0f} requests/s", *within->replicas * within->load_per_s), way(*within),
                          fmt::format("{:.0f} replicas of {:.0f} W, cooling not counted", *within->replicas, within->power_w)});
}

}  // namespace

int search_command(const Context& context) {
  const capacity::SearchQuery query = search_query(context);
  const capacity::SearchResult result = capacity::search(query);
  report::Page page{query.base.model.name + " on " + context.options.node, {}, {}, "", {}};
  page.facts.push_back({"Looked at", fmt::format("{} deployments", result.looked_at), fmt::format("{} carry load under the SLO", result.choices.size()),
                        fmt::format("{} are on the frontier", result.frontier.size())});
  add_answers(query, result, page);
  for (const capacity::DeploymentChoice& d : result.frontier)
    if (!d.parts.empty()) page.notes.push_back(fmt::format("{} accelerators: {}", d.accelerators, d.parts));
  if (result.frontier.empty()) page.notes = {"nothing carries load: " + result.reason};
  const Table table = search_table(query, result);
  if (!table.rows.empty()) page.tables.push_back(table);
  context.emit(page, table, report::table_json("search", {table}));
  return result.frontier.empty() ? infeasible : done;
}

}  // namespace tonnage::cli
