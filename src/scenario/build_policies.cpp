#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "build.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

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

void build_finance(const View& view, Finance& out) {
  out.discount_rate_per_year = view.at("discount_rate").number(0.08);
  const std::string compounding = view.at("compounding").text();
  out.compounding = compounding == "nominal-monthly" ? Compounding::nominal_monthly : compounding == "annual" ? Compounding::annual : Compounding::effective;
  const std::string timing = view.at("timing").text("start");
  out.timing = timing == "mid" ? PaymentTiming::mid : timing == "end" ? PaymentTiming::end : PaymentTiming::start;
  const std::string hours = view.at("hours").text("calendar");
  out.hours_per_month = hours == "730" ? 730 : hours == "720" ? 720 : 0;
  out.energy_escalation_per_year = view.at("energy_escalation").number(0) * year_s;
  out.escalation_base = view.at("escalation_base").date();
  if (const View staff = view.at("staff"); staff && staff.node().dimension == "ratio") out.staff_share_per_year = staff.number(0);
  if (const View end = view.at("horizon_end"); end && end.text() != "residual") end.node().used = false;
}

/// Figures that checks may name; the wildcard stands for a workload.
const char* const figures[] = {"cost", "capex", "energy", "carbon", "gap", "unmet", "unmet.*", "forecast.*.skill", "forecast.*.error"};

bool known_figure(const std::string& figure, const std::vector<std::string>& workloads) {
  for (const char* pattern : figures) {
    const std::string p = pattern;
    const auto star = p.find('*');
    if (star == std::string::npos) {
      if (figure == p) return true;
      continue;
    }
    const std::string head = p.substr(0, star);
    const std::string tail = p.substr(star + 1);
    if (figure.size() <= head.size() + tail.size() || figure.rfind(head, 0) != 0 || figure.substr(figure.size() - tail.size()) != tail) continue;
    const std::string name = figure.substr(head.size(), figure.size() - head.size() - tail.size());
    if (std::find(workloads.begin(), workloads.end(), name) != workloads.end()) return true;
  }
  return false;
}

/// "cost.p90 <= 210 M USD"
void build_check(const View& view, const std::string& text, bool warn, BuildContext& context, const std::vector<std::string>& workloads, Scenario& out) {
  Check check;
  check.text = text;
  check.path = view.path();
  check.warn_only = warn;
  std::size_t at = std::string::npos;
  for (const char* op : {"<=", ">=", "==", "<", ">"})
    if (at == std::string::npos && (at = text.find(op)) != std::string::npos) check.op = op;
  const auto fail = [&](std::string message, std::string note = {}) { context.diagnostics.error("bad-check", std::move(message), view.mark(), "", std::move(note)); };
  if (at == std::string::npos) return fail("a check needs one of <=, >=, <, >, ==", "for example  cost.p90 <= 210 M USD");
  check.figure = std::string(trim(text.substr(0, at)));
  if (!check.figure.empty() && std::string("=!<>").find(check.figure.back()) != std::string::npos) return fail("'" + text.substr(0, at + check.op.size()) + "' is not a comparison; expected one of <=, >=, <, >, ==");
  for (const char* quantile : {"p10", "p50", "p90"}) {
    const std::string suffix = std::string(".") + quantile;
    if (check.figure.size() > suffix.size() && check.figure.substr(check.figure.size() - suffix.size()) == suffix) {
      check.figure.resize(check.figure.size() - suffix.size());
      check.quantile = quantile;
      break;
    }
  }
  if (!known_figure(check.figure, workloads))
    return fail(fmt::format("there is no figure '{}' to check", check.figure), "figures: cost, capex, energy, carbon, gap, unmet, unmet.WORKLOAD, forecast.WORKLOAD.skill, forecast.WORKLOAD.error");
  std::string problem;
  const auto value = parse_quantity(text.substr(at + check.op.size()), context.currencies, problem);
  if (!value) return fail(problem, "for example  cost.p90 <= 210 M USD");
  check.value = value->value;
  Dimension expected;
  const bool money = check.figure == "cost" || check.figure == "capex" || check.figure == "energy";
  if (money) expected.power[Dimension::money] = 1;
  if (check.figure == "carbon") expected.power[Dimension::mass] = 1;
  const bool requests = check.figure.rfind("unmet", 0) == 0;
  if (requests && value->has_unit) expected.power[Dimension::request] = 1;
  if (!(value->dimension == expected))
    return fail(money ? "this figure is an amount, e.g. 210 M USD" : check.figure == "carbon" ? "this figure is a mass, e.g. 5000 t" : requests ? "this figure is a number of requests, e.g. 0" : "this figure is a share, e.g. 10 %");
  out.checks.push_back(std::move(check));
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
  build_finance(root.at("finance"), out.finance);
  double hours = 0;
  for (const NamedWeight& block : out.block_hours) hours += block.value;
  if (out.finance.hours_per_month > 0 && out.period_kind == PeriodKind::month && hours > 0 && std::fabs(hours - out.finance.hours_per_month) > 0.5)
    context.diagnostics.warning("block-hours", fmt::format("the blocks stand for {} of a month's {} hours; the rest counts no demand", significant(hours, 5), out.finance.hours_per_month), root.at("blocks").mark());
  std::vector<std::string> workloads;
  root.at("workloads").each([&](const std::string& name, const View&) { workloads.push_back(name); });
  root.at("checks").items([&](const View& item) {
    if (item.is_mapping()) {
      const View text = item.at("check");
      build_check(text, text.text(), item.at("level").text() == "warn", context, workloads, out);
    } else {
      build_check(item, item.text(), false, context, workloads, out);
    }
  });
}

}  // namespace tonnage::scenario
