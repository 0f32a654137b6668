#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "paths.hpp"
#include "tonnage/forecast/components.hpp"

namespace tonnage::forecast {
namespace {

constexpr double days_per_year = 365.25;

struct Growth {
  double start = 0;
  double per_year = 0;
  double market = 0;
  const BassGrowth* bass = nullptr;

  double at(double years) const {
    if (bass == nullptr) return start * std::pow(1 + std::max(per_year, -1.0), years);
    if (start >= market) return start;
    return market * bass_share(start / market, bass->innovation_per_year, bass->imitation_per_year, years);
  }
};

Growth growth_of(const Workload& workload, WorkloadPath& path, std::vector<std::string>& remarks) {
  Growth growth;
  const DemandSource& demand = workload.demand;
  if (workload.job) {
    const Job& job = *workload.job;
    growth.start = job.every_hours > 0 ? job.accelerators * job.hours / job.every_hours : job.accelerators;
    path.method = "job";
    path.reason = "average accelerators: accelerators x hours / interval";
  } else if (demand.constant_per_s) {
    growth.start = *demand.constant_per_s;
    path.method = "constant";
    path.reason = "given as constant";
  } else if (demand.start_per_s) {
    growth.start = *demand.start_per_s;
    path.method = demand.bass ? "bass" : demand.growth_per_year ? "growth" : "constant";
    path.reason = demand.bass ? "given market and coefficients, anchored at the load at the start of the horizon"
                              : "given load at the start of the horizon and compound growth";
    if (demand.bass) growth.bass = &*demand.bass, growth.market = demand.bass->market_per_s;
    growth.per_year = demand.growth_per_year.value_or(0);
    if (demand.bass && growth.start >= demand.bass->market_per_s)
      remarks.push_back(fmt::format("workload '{}': the load at the start has already reached the market; it stays flat", workload.name));
    if (demand.bass && demand.growth_per_year)
      remarks.push_back(fmt::format("workload '{}': compound growth is not applied beside Bass diffusion", workload.name));
  } else {
    path.method = "none";
    path.reason = "no demand is given";
    remarks.push_back(fmt::format("workload '{}': no demand is given, its load is 0", workload.name));
  }
  growth.start = std::isfinite(growth.start) ? std::max(growth.start, 0.0) : 0.0;
  return growth;
}

/// By path; one entry where it is sure.
std::vector<Growth> growth_draws(const Workload& workload, const Growth& middle, const Places& places) {
  const DemandSource& demand = workload.demand;
  const auto draws = [&](const Spread& spread, double value, double least, const char* name) { return drawn(spread, value, least, 1e15, places, number_draw(name, workload.name)); };
  const bool constant = demand.constant_per_s.has_value();
  const std::vector<double> start = draws(constant ? demand.constant_spread : demand.start_spread, middle.start, 0, "start"), per_year = draws(demand.growth_spread, middle.per_year, -1, "growth"),
                            market = draws(demand.bass ? demand.bass->market_spread : Spread{}, middle.market, 0, "market");
  if (start.empty() && per_year.empty() && market.empty()) return {middle};
  std::vector<Growth> out(scenario_paths, middle);
  for (std::size_t j = 0; j < out.size(); ++j) {
    if (!start.empty()) out[j].start = start[j];
    if (!per_year.empty()) out[j].per_year = per_year[j];
    if (!market.empty()) out[j].market = market[j];
  }
  return out;
}

}  // namespace

std::map<std::string, double> origin_shares(const Workload& workload) {
  std::map<std::string, double> shares = workload.demand.origin_shares;
  double total = 0;
  for (auto& [name, share] : shares) total += share = std::max(share, 0.0);
  if (!(total > 0)) return {};
  for (auto& [name, share] : shares) share /= total;
  return shares;
}

double event_reach(const DemandEvent& event, double day) {
  const double first = day_of(event.date), ramp = day_of(add_months(event.date, std::max(event.ramp_months, 0.0))) - first;
  if (day < first) return 0;
  const double reached = ramp > 0 ? std::min(1.0, (day - first) / ramp) : 1.0;
  if (event.half_life_months <= 0 || day <= first + ramp) return reached;
  return reached * std::pow(0.5, (day - first - ramp) / (event.half_life_months * days_per_year / 12));
}

double event_factor(const std::vector<DemandEvent>& events, const std::string& origin, double day) {
  double factor = 1;
  for (const DemandEvent& event : events)
    if (event.origin.empty() || event.origin == origin) factor *= std::max(0.0, 1 + event.share * event.probability * event_reach(event, day));
  return factor;
}

double override_factor(const std::vector<DemandOverride>& overrides, double day) {
  double factor = 1;
  for (const DemandOverride& one : overrides)
    if (day >= day_of(one.from) && (!one.until || day < day_of(*one.until) + 1)) factor *= one.factor;
  return factor;
}

void remark_overrides(const Workload& workload, std::vector<std::string>& remarks) {
  for (const DemandOverride& one : workload.overrides)
    remarks.push_back(fmt::format("workload '{}': judgement, times {:.4g} from {}{}: {}", workload.name, one.factor, to_string(one.from),
                                  one.until ? fmt::format(" to {}", to_string(*one.until)) : "", one.why));
}

WorkloadPath growth_path(const Workload& workload, const std::vector<Period>& periods, const Places& places, std::vector<std::string>& remarks) {
  WorkloadPath path;
  path.profile.fill(1.0);
  const std::vector<Growth> growth = growth_draws(workload, growth_of(workload, path, remarks), places);
  const std::vector<Influence> influence = influences(workload, workload.events, workload.demand.price ? &*workload.demand.price : nullptr, places);
  std::map<std::string, double> shares = workload.job ? std::map<std::string, double>{} : origin_shares(workload);
  if (shares.empty()) shares = {{anywhere, 1.0}};
  const double start = periods.empty() ? 0 : day_of(periods.front().start);
  path.known_day = start;
  for (const auto& entry : shares) {
    const double share = entry.second;
    // The load at the start is what it is then: earlier events are in it already.
    path.origins.push_back(origin_path(entry.first, periods, influence, start, growth.size() == 1, [&](int j, double day) {
      return share * growth[growth.size() == 1 ? 0 : static_cast<std::size_t>(j)].at((day - start) / days_per_year);
    }));
    path.origins.back().profile = path.profile;
  }
  return path;
}

}  // namespace tonnage::forecast
