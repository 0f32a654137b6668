#include "build.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tonnage::scenario {

std::vector<double> by_period(const View& view, std::size_t periods, double scale) {
  if (!view) return {};
  std::vector<double> out(periods, 0);
  if (!view.is_list()) {
    // A rate times a period: 8 nodes a quarter are 8, not 7.999999.
    std::fill(out.begin(), out.end(), scale == 1 ? view.number(0) : std::round(view.number(0) * scale * 1e6) / 1e6);
    return out;
  }
  double last = 0;
  std::size_t i = 0;
  view.items([&](const View& item) {
    last = item.number(0) * scale;
    if (i < periods) out[i] = last;
    ++i;
  });
  for (; i < periods; ++i) out[i] = last;
  return out;
}

std::optional<OpenedFile> open_named(const View& view, BuildContext& context) {
  const Mark mark = view.mark();
  const std::string folder = mark.file >= 0 && mark.file < static_cast<int>(context.folders.size()) ? context.folders[static_cast<std::size_t>(mark.file)] : ".";
  return context.files.open(view.text(), folder, mark);
}

int period_of(const std::vector<Period>& periods, Date day) {
  if (periods.empty() || day < periods.front().start) return -1;
  for (std::size_t t = 0; t < periods.size(); ++t)
    if (day < periods[t].end) return static_cast<int>(t);
  return static_cast<int>(periods.size());
}

namespace {

void build_horizon(const View& root, BuildContext& context, Scenario& out) {
  const View horizon = root.at("horizon");
  const auto start = horizon.at("start").date();
  out.period_kind = parse_period_kind(horizon.at("period").text("quarter")).value_or(PeriodKind::quarter);
  if (!start) return;
  out.periods = make_periods(*start, out.period_kind, static_cast<int>(horizon.at("periods").number(1)));
  out.as_of = root.at("as_of").date().value_or(*start);
  if (out.as_of > out.periods.back().end)
    context.diagnostics.error("after-horizon", "as_of is after the end of the horizon, " + to_string(out.periods.back().end), root.at("as_of").mark());
}

void build_weights(const View& root, BuildContext& context, Scenario& out) {
  root.at("blocks").each([&](const std::string& name, const View& view) { out.block_hours.push_back({name, view.number(0) / hour_s}); });
  double sum = 0;
  root.at("outcomes").each([&](const std::string& name, const View& view) {
    out.outcomes.push_back({name, view.number(0)});
    sum += view.number(0);
  });
  if (const View count = root.at("outcomes"); count.is_scalar()) out.outcome_count = static_cast<int>(count.number(3));
  if (!out.outcomes.empty() && std::fabs(sum - 1) > 1e-4)
    context.diagnostics.error("probabilities", fmt::format("the probabilities of the outcomes sum to {:.6g}, not 1", sum), root.at("outcomes").mark());
  if (sum > 0)
    for (NamedWeight& outcome : out.outcomes) outcome.value /= sum;
}

}  // namespace

Scenario build_scenario(const Node& root_node, BuildContext& context) {
  Scenario out;
  const View root(&root_node, "");
  root.at("tonnage");
  root.at("extends");
  root.at("fx").each([](const std::string&, const View&) {});
  out.name = root.at("name").text("scenario");
  out.description = root.at("description").text();
  out.currency = root.at("currency").text("USD");
  out.seed = static_cast<std::uint64_t>(root.at("seed").number(1));
  out.calibration = build_calibration(root, context.catalog, context.diagnostics);
  build_horizon(root, context, out);
  build_weights(root, context, out);
  build_places(root, context, out);
  build_hardware(root, context, out);
  build_pools(root, context, out);
  build_policies(root, context, out);
  build_checks(root, context, out);
  build_costs(root, context, out);
  build_prices(root, out);
  build_workloads(root, context, out);
  return out;
}

}  // namespace tonnage::scenario
