// Mean load of one workload by origin and period, before blocks and outcomes. Private to the module.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "draws.hpp"
#include "levels.hpp"
#include "price.hpp"
#include "tonnage/forecast/hours.hpp"
#include "tonnage/forecast/sample_paths.hpp"

namespace tonnage::forecast {

struct OriginPath {
  std::string origin;
  std::vector<double> mean;   ///< by period; of the draws where there are any
  WeekProfile profile;        ///< relative to the mean
  std::vector<double> draws;  ///< by path and period, flat (j * periods + t); empty: the mean is sure
};

struct WorkloadPath {
  std::vector<OriginPath> origins;
  WeekProfile profile;        ///< of all origins together
  bool has_profile = false;   ///< made from a history that tells hours apart
  std::string method, reason;
  Backtest backtest;
  double known_day = 0;       ///< the load is known until this day
  std::function<double(int, double)> adoption;  ///< of a launch: share of its market reached, by path and day

  bool sure() const { return origins.empty() || origins.front().draws.empty(); }
};

/// Days since 1970-01-01.
inline double day_of(Date date) { return static_cast<double>(date.time_since_epoch().count()); }

/// Shares of the origins of a workload whose demand is not given by origin; they sum to 1. Empty: it has no origins.
std::map<std::string, double> origin_shares(const Workload& workload);

/// 1 + share x probability x reach of every event on `origin`; never below 0.
/// `day`: days since 1970-01-01, fractions count.
double event_factor(const std::vector<DemandEvent>& events, const std::string& origin, double day);

/// Product of the judgements that hold on a day.
double override_factor(const std::vector<DemandOverride>& overrides, double day);
/// A remark for each judgement: recorded, never silent.
void remark_overrides(const Workload& workload, std::vector<std::string>& remarks);

/// Mean over the days of a period of `level(day)`, taken at noon.
template <class Level>
double period_mean(const Period& period, Level&& level) {
  const long long first = period.start.time_since_epoch().count(), last = period.end.time_since_epoch().count();
  double sum = 0;
  for (long long day = first; day < last; ++day) sum += level(static_cast<double>(day) + 0.5);
  return last > first ? sum / static_cast<double>(last - first) : 0;
}

/// Means and draws of every origin from the load without events (`level(path, day)`; path 0 stands for all where it is sure), times what
/// events and judgements do from `known_day` on; what an event had changed by then is in the data, unless its effect was taken out of them.
template <class Level>
OriginPath origin_path(const std::string& name, const std::vector<Period>& periods, const std::vector<Influence>& influence, double known_day, bool sure, Level&& level) {
  OriginPath out{name, std::vector<double>(periods.size(), 0.0), {}, {}};
  std::vector<double> first;
  const int paths = sure && influence.size() == 1 ? 1 : scenario_paths;
  for (int j = 0; j < paths; ++j) {
    const Influence& now = influence[influence.size() == 1 ? 0 : static_cast<std::size_t>(j)];
    const double before = event_factor(now.events, name, known_day);
    for (std::size_t t = 0; t < periods.size(); ++t) {
      const double load = period_mean(periods[t], [&](double day) {
        const double factor = day < known_day ? before : event_factor(now.events, name, day);
        return std::max(level(j, day), 0.0) * (before > 0 ? factor / before : factor) * event_factor(now.estimated, name, day) * override_factor(now.overrides, day) *
               (now.price == nullptr ? 1 : price_factor(*now.price, now.elasticity, day));
      });
      // Equal draws have exactly their value as mean.
      if (j == 0) first.push_back(load);
      out.mean[t] += (load - first[t]) / paths;
      if (paths > 1) out.draws.push_back(load);
    }
  }
  for (std::size_t t = 0; t < first.size(); ++t) out.mean[t] += first[t];
  return out;
}

/// Paths of the levels of every workload's origins (by workload, then origin): drawn together, so that path j of all is the same future; origins and
/// their workload's total reconciled path by path.
std::vector<std::vector<SamplePaths>> joint_levels(const std::vector<const Workload*>& workloads, const std::vector<PreparedHistory>& histories, const std::vector<Period>& periods,
                                                   std::uint64_t seed);

WorkloadPath history_path(const Workload& workload, const PreparedHistory& history, const std::vector<SamplePaths>& levels, const std::vector<Period>& periods, const Places& places,
                          std::vector<std::string>& remarks);
/// A new product, from earlier ones.
WorkloadPath launch_path(const Workload& workload, const std::vector<Period>& periods, const Places& places, std::vector<std::string>& remarks);
/// start (with growth or Bass diffusion), constant, job, or nothing at all.
WorkloadPath growth_path(const Workload& workload, const std::vector<Period>& periods, const Places& places, std::vector<std::string>& remarks);

/// Users of older workloads that go over to a new product (the generations of Norton & Bass 1987): in every path, with F the share of its
/// market that the new product has reached, F x share of the older load moves; what the one loses the other gains. Of what had moved before the
/// older load was last known nothing moves again. `younger` comes after all generations before the older one.
void move_generations(const Workload& younger, WorkloadPath& to, const Replaced& replaced, WorkloadPath& from, const std::vector<Period>& periods, const Places& places,
                      std::vector<std::string>& remarks);

}  // namespace tonnage::forecast
