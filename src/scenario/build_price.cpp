// Price that demand follows.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "build.hpp"

namespace tonnage::scenario {

namespace {

long long seconds_of(Date date) { return date.time_since_epoch().count() * 86400LL; }

/// Price over the history: one series, above 0. False when it has mistakes.
bool read_prices(const View& view, BuildContext& context, const std::string& workload, HistorySeries& out) {
  const auto file = open_named(view, context);
  if (!file) return false;
  const ParsedTable& parsed = context.files.table(*file);
  const int before = context.diagnostics.error_count();
  std::vector<LocatedSeries> series = read_history(parsed, workload, 1, context.diagnostics);
  if (!parsed.sound || context.diagnostics.error_count() > before || series.empty()) return false;
  if (series.size() > 1) {
    context.diagnostics.error("price", fmt::format("the price of '{}' has {} series, expected one", workload, series.size()), view.mark());
    return false;
  }
  out = std::move(series.front().series);
  const auto wrong = std::find_if(out.values.begin(), out.values.end(), [](double v) { return v <= 0; });
  if (wrong == out.values.end()) return true;
  context.diagnostics.error("csv-range", "a price must be above 0: demand follows its logarithm", series.front().rows[static_cast<std::size_t>(wrong - out.values.begin())]);
  return false;
}

bool changes(const HistorySeries& history) {
  double low = INFINITY, high = 0;
  for (const double v : history.values)
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  return high > low;
}

void read_ahead(const View& view, BuildContext& context, PriceEffect& out) {
  const long long known_s = out.history.start_s + out.history.step_s * static_cast<long long>(out.history.values.size());
  view.items([&](const View& item) {
    const auto from = item.at("from").date();
    if (!from) return;
    const bool before_last = !out.ahead.empty() && *from <= out.ahead.back().from;
    if (before_last || (!out.history.values.empty() && seconds_of(*from) < known_s))
      context.diagnostics.error("disorder", before_last ? "prices to come are listed in order of time" : "a price to come begins before the history of prices ends", item.at("from").mark());
    out.ahead.push_back({*from, item.at("price").number(0)});
  });
}

/// What is missing for the elasticity; empty: nothing.
std::string no_elasticity(const PriceEffect& price, const Workload& workload) {
  if (price.elasticity) return "";
  if (workload.demand.history.empty()) return "without a history of the load it cannot be estimated";
  if (price.history.values.empty()) return "without a history of the price it cannot be estimated";
  return changes(price.history) ? "" : "the price never changes in its history, so that it cannot be estimated";
}

}  // namespace

void build_price(const View& demand, BuildContext& context, Workload& out) {
  const View view = demand.at("price");
  if (!view) return;
  PriceEffect price;
  const bool read = !view.has("history") || read_prices(view.at("history"), context, out.name, price.history);
  price.elasticity = view.at("elasticity").number();
  read_ahead(view.at("ahead"), context, price);
  const auto last = std::find_if(price.history.values.rbegin(), price.history.values.rend(), [](double v) { return std::isfinite(v); });
  const bool known = last != price.history.values.rend();
  price.now = view.at("now").number().value_or(known ? *last : 0);
  if (!read) return;
  if (demand.has("table"))
    context.diagnostics.error("price", fmt::format("the loads of workload '{}' are given as a table, which no price changes", out.name), view.mark());
  else if (!known && !view.has("now"))
    context.diagnostics.error("missing-key", "'price' needs 'now' or 'history': a price to come acts by its ratio to the price that holds", view.mark());
  else if (const std::string why = no_elasticity(price, out); !why.empty() && !view.has("elasticity") && (!demand.has("history") || !out.demand.history.empty()))
    context.diagnostics.error("missing-key", fmt::format("'price' needs an 'elasticity': {}", why), view.mark(), "", "for example  elasticity: {normal: {mean: -0.6, sd: 0.2}}");
  else out.demand.price = std::move(price);
}

}  // namespace tonnage::scenario
