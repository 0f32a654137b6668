// Mean load of one workload by origin and period, before blocks and outcomes. Private to the module.
#pragma once

#include <string>
#include <vector>

#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/scenario.hpp"
#include "tonnage/forecast/hours.hpp"

namespace tonnage::forecast {

struct OriginPath {
  std::string origin;
  std::vector<double> mean;  ///< by period
  WeekProfile profile;       ///< relative to the mean
};

struct WorkloadPath {
  std::vector<OriginPath> origins;
  std::vector<double> low, high;  ///< P10 and P90 of the whole workload over its mean, by period; empty: no errors known
  WeekProfile profile;            ///< of all origins together
  bool has_profile = false;       ///< made from a history that tells hours apart
  std::string method, reason;
  Backtest backtest;
};

/// "anywhere": the origin of demand that is not split.
inline constexpr const char* anywhere = "anywhere";

/// 1 + share x probability of every event on `origin`, each ramped linearly from its date; never below 0.
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

WorkloadPath history_path(const Workload& workload, const std::vector<Period>& periods, std::vector<std::string>& remarks);
/// start (with growth or Bass diffusion), constant, job, or nothing at all.
WorkloadPath growth_path(const Workload& workload, const std::vector<Period>& periods, std::vector<std::string>& remarks);

}  // namespace tonnage::forecast
