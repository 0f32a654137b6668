#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "build.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::scenario {

namespace {

void build_survive(const View& view, const Scenario& scenario, Policies& out) {
  if (!view || view.text() == "none") return;
  Survive survive;
  if (view.is_scalar())
    for (const Region& region : scenario.regions) survive.regions.push_back(region.name);
  view.at("regions").items([&](const View& item) { survive.regions.push_back(item.text()); });
  view.at("in");
  survive.weight_hours_per_month = view.at("weight").number(8 * hour_s / month_s) * month_s / hour_s;
  out.survive = std::move(survive);
}

/// "60 M USD/quarter" for each period by its nominal length, or "60 M USD" for each period.
void build_budget(const View& view, Scenario& out) {
  const View capex = view.at("capex");
  if (!capex) return;
  const bool per_time = capex.node().unit.find('/') != std::string::npos;
  const double amount = capex.number(0) * (per_time ? months_of(out.period_kind) * month_s : 1);
  out.policies.capex_budget_usd.assign(out.periods.size(), amount);
}

/// Reports a provider that no region has.
void check_provider(const View& item, const std::string& name, BuildContext& context, const Scenario& out) {
  const bool known = std::any_of(out.regions.begin(), out.regions.end(), [&](const Region& region) { return region.provider == name; });
  if (!known) context.diagnostics.error("unknown-name", fmt::format("no region has the provider '{}'", name), item.mark(), "", "providers are named in regions.REGION.provider");
}

void build_committed_spend(const View& view, BuildContext& context, Scenario& out) {
  view.each([&](const std::string& name, const View& years) {
    check_provider(years, name, context, out);
    years.each([&](const std::string& year, const View& amount) {
      out.policies.committed_spend.push_back({name, std::atoi(year.c_str()), amount.number(0)});
    });
  });
}

void build_provider_share(const View& view, BuildContext& context, Scenario& out) {
  view.each([&](const std::string& name, const View& item) {
    ProviderShare share{name, item.at("min").number(0), item.at("max").number(1)};
    check_provider(item, name, context, out);
    if (share.min_share > share.max_share) context.diagnostics.error("disorder", fmt::format("provider '{}': 'min' is above 'max'", name), item.mark());
    out.policies.provider_shares.push_back(std::move(share));
  });
}

void build_cvar(const View& view, Policies& out) {
  if (!view) return;
  out.cvar = Cvar{view.at("level").number(0.95), view.at("weight").number(0)};
}

void build_spares(const View& view, BuildContext& context, Scenario& out) {
  if (!view || !view.number()) return;
  out.policies.spares_level = view.number();
  const auto holds = [&](const Pool& pool) {
    const NodeCosts& costs = out.nodes[static_cast<std::size_t>(node_index(out, pool.node))].costs;
    return pool.price_usd_once > 0 && costs.failures_per_year > 0 && costs.repair_years > 0;
  };
  if (!context.diagnostics.has_errors() && std::none_of(out.pools.begin(), out.pools.end(), holds))
    context.diagnostics.warning("no-spares", "no pool needs spares: none is bought at a price with nodes that have a failure_rate and a repair_time", view.mark());
}

void build_finance(const View& view, Finance& out) {
  out.discount_rate_per_year = view.at("discount_rate").number(0.08);
  const std::string compounding = view.at("compounding").text();
  out.compounding = compounding == "nominal-monthly" ? Compounding::nominal_monthly : compounding == "annual" ? Compounding::annual : Compounding::effective;
  const std::string timing = view.at("timing").text("start");
  out.timing = timing == "mid" ? PaymentTiming::mid : timing == "end" ? PaymentTiming::end : PaymentTiming::start;
  const std::string hours = view.at("hours").text("calendar");
  out.hours_per_month = hours == "730" ? 730 : hours == "720" ? 720 : 0;
  out.energy_escalation_per_year = view.at("energy_escalation").number(0) * year_s;
  out.tax_rate = view.at("tax").number();
  out.escalation_base = view.at("escalation_base").date();
  if (const View staff = view.at("staff"); staff && staff.node().dimension == "ratio") out.staff_share_per_year = staff.number(0);
  out.run_off = view.at("horizon_end").text("residual") == "run-off";
}

}  // namespace

void build_policies(const View& root, BuildContext& context, Scenario& out) {
  const View policies = root.at("policies");
  build_survive(policies.at("survive"), out, out.policies);
  out.policies.headroom = policies.at("headroom").number(0);
  out.policies.availability = policies.at("availability").number(1);
  out.policies.min_replicas = static_cast<int>(policies.at("min_replicas").number(0));
  if (const auto churn = policies.at("churn").number()) out.policies.churn_per_month = *churn * month_s;
  out.policies.max_min = policies.at("fairness").text() == "max-min";
  build_budget(policies.at("budget"), out);
  build_provider_share(policies.at("provider_share"), context, out);
  build_committed_spend(policies.at("committed_spend"), context, out);
  build_cvar(policies.at("cvar"), out.policies);
  build_spares(policies.at("spares"), context, out);
  build_finance(root.at("finance"), out.finance);
  double hours = 0;
  for (const NamedWeight& block : out.block_hours) hours += block.value;
  if (out.finance.hours_per_month > 0 && out.period_kind == PeriodKind::month && hours > 0 && std::fabs(hours - out.finance.hours_per_month) > 0.5)
    context.diagnostics.warning("block-hours", fmt::format("the blocks stand for {} of a month's {} hours; the rest counts no demand", significant(hours, 5), out.finance.hours_per_month), root.at("blocks").mark());
}

}  // namespace tonnage::scenario
