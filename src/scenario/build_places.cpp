#include <algorithm>
#include <cmath>

#include "build.hpp"

namespace tonnage::scenario {

namespace {

Site site_of(const std::string& text) { return text == "own" ? Site::own : text == "colo" ? Site::colocation : Site::cloud; }

/// Power by period: a number for all, or steps from dates on (the power in force on the period's first day).
std::vector<double> power_by_period(const View& view, const std::vector<Period>& periods, Diagnostics& diagnostics) {
  if (!view.is_list()) return by_period(view, periods.size());
  std::vector<double> out(periods.size(), 0);
  std::optional<Date> last;
  view.items([&](const View& step) {
    const auto from = step.at("from").date();
    const double power = step.at("power").number(0);
    if (!from) return;
    if (!last && !periods.empty() && *from > periods.front().start)
      diagnostics.warning("no-power", "there is no power before " + to_string(*from) + ", the first date of this schedule", step.at("from").mark());
    if (last && *from <= *last) diagnostics.error("disorder", "the dates of a schedule must rise", step.at("from").mark());
    last = from;
    for (std::size_t t = 0; t < periods.size(); ++t)
      if (periods[t].start >= *from) out[t] = power;
  });
  return out;
}

PowerOffer build_power_offer(const View& view, const Region& region, BuildContext& context) {
  PowerOffer out;
  out.path = view.path();
  out.usd_per_w = view.at("price").number(0);
  out.life_months = view.at("life").number(15 * year_s) / month_s;
  read_lead_time(view.at("lead_time"), out.lead_time_months, out.lead_time_days);
  if (view.has("limit")) out.limit_w = view.at("limit").number(0);
  if (region.power_w.empty() && !context.diagnostics.has_errors())
    context.diagnostics.warning("no-limit", "region '" + region.name + "' has no 'power': there is no limit for more power to raise", view.mark());
  return out;
}

Region build_region(const std::string& name, const View& view, BuildContext& context, const std::vector<Period>& periods) {
  Region region;
  region.name = name;
  region.site = site_of(view.at("site").text("cloud"));
  region.provider = view.at("provider").text();
  region.power_w = power_by_period(view.at("power"), periods, context.diagnostics);
  region.colocation_usd_per_w_month = view.at("colocation").number(0) * month_s;
  region.demand_charge_usd_per_w_month = view.at("demand_charge").number(0) * month_s;
  region.electricity_usd_per_wh = view.at("electricity").number(0) * hour_s;
  region.pue = view.at("pue").number(1);
  region.carbon_g_per_wh = view.at("carbon").number(0) * hour_s;
  region.carbon_market_g_per_wh = view.has("carbon_market") ? view.at("carbon_market").number(0) * hour_s : region.carbon_g_per_wh;
  const View egress = view.at("egress");
  if (egress && egress.node().unit.find("request") == std::string::npos) egress.node().used = false;  // per byte: not yet
  else region.egress_usd_per_request = egress.number(0);
  if (const View facility = view.at("facility"))
    region.facility = {facility.at("price").number(0), facility.at("life").number(15 * year_s) / month_s, facility.at("operation").number(0) * month_s};
  view.at("measured_use").each([&](const std::string& node, const View& use) {
    region.measured_use.push_back({node, use.at("allocated").number(), use.at("busy").number(), use.at("flops").number(), use.at("bytes").number()});
  });
  if (view.has("space")) region.space_nodes = view.at("space").number(0);
  if (const View offer = view.at("power_offer")) region.power_offer = build_power_offer(offer, region, context);
  if (region.site == Site::colocation && !context.diagnostics.has_errors() && !view.has("colocation"))
    context.diagnostics.warning("no-rent", "region '" + name + "' is a colocation without 'colocation', the rent per power: it costs nothing", view.mark());
  if (region.site != Site::cloud && !context.diagnostics.has_errors() && !view.has("electricity"))
    context.diagnostics.warning("no-electricity", "region '" + name + "' has no price of electricity: energy costs nothing", view.mark());
  return region;
}

}  // namespace

void build_places(const View& root, BuildContext& context, Scenario& out) {
  root.at("regions").each([&](const std::string& name, const View& view) { out.regions.push_back(build_region(name, view, context, out.periods)); });
  root.at("origins").each([&](const std::string& name, const View& view) {
    Origin origin{name, {}};
    view.each([&](const std::string& region, const View& trip) { origin.round_trip_s[region] = trip.number(0); });
    out.origins.push_back(std::move(origin));
  });
}

}  // namespace tonnage::scenario
