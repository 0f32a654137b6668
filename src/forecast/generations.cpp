// Generations of products: users of the older one go over to the younger.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "numerics.hpp"
#include "paths.hpp"

namespace tonnage::forecast {
namespace {

/// Every origin with a draw for each path, and its mean that of the draws.
void draw_all(WorkloadPath& path, std::size_t periods) {
  for (OriginPath& origin : path.origins) {
    if (!origin.draws.empty()) continue;
    for (int j = 0; j < scenario_paths; ++j) origin.draws.insert(origin.draws.end(), origin.mean.begin(), origin.mean.begin() + static_cast<long>(periods));
  }
}

void set_mean(OriginPath& origin) {
  const std::size_t periods = origin.mean.size();
  std::fill(origin.mean.begin(), origin.mean.end(), 0.0);
  for (std::size_t i = 0; i < origin.draws.size(); ++i) origin.mean[i % periods] += origin.draws[i] / scenario_paths;
}

double total(const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); }

/// Profile of two loads together.
void add_profile(WeekProfile& profile, double weight, const WeekProfile& other, double other_weight) {
  if (!(weight + other_weight > 0)) return;
  for (std::size_t h = 0; h < profile.size(); ++h) profile[h] = (weight * profile[h] + other_weight * other[h]) / (weight + other_weight);
}

double load_of(const WorkloadPath& path) {
  double sum = 0;
  for (const OriginPath& origin : path.origins) sum += total(origin.mean);
  return sum;
}

/// Share of the older load that has moved by each period, by path: flat (j * periods + t). `known_day`: its data have lost what moved before.
std::vector<double> moved_shares(const WorkloadPath& younger, const std::vector<double>& share, double known_day, const std::vector<Period>& periods) {
  std::vector<double> out;
  for (int j = 0; j < scenario_paths; ++j) {
    const double most = share[static_cast<std::size_t>(j)], before = most * std::clamp(younger.adoption(j, known_day), 0.0, 1.0);
    for (const Period& period : periods)
      out.push_back(before >= 1 ? 0 : period_mean(period, [&](double day) { return std::clamp((most * younger.adoption(j, day) - before) / (1 - before), 0.0, 1.0); }));
  }
  return out;
}

std::string told(const std::vector<double>& moved, std::size_t periods, const std::string& period, const std::string& older, const std::string& younger) {
  std::vector<double> last;
  for (std::size_t i = periods - 1; i < moved.size(); i += periods) last.push_back(moved[i]);
  std::sort(last.begin(), last.end());
  return fmt::format("workload '{}': in {}, {:.0f} % of its load has gone over to '{}' (P10 {:.0f} %, P90 {:.0f} %)", older, period, 100 * mean_of(last), younger,
                     100 * quantile_of_sorted(last, 0.1), 100 * quantile_of_sorted(last, 0.9));
}

}  // namespace

void move_generations(const Workload& younger, WorkloadPath& to, const Replaced& replaced, WorkloadPath& from, const std::vector<Period>& periods, const Places& places,
                      std::vector<std::string>& remarks) {
  if (periods.empty() || from.origins.empty() || !to.adoption) return;
  std::vector<double> share = drawn(replaced.share_spread, replaced.share, 0, 1, places, replaced_draw(younger.name, replaced.workload));
  if (share.empty()) share.assign(scenario_paths, replaced.share);
  const std::vector<double> moved = moved_shares(to, share, from.known_day, periods);
  draw_all(from, periods.size()), draw_all(to, periods.size());
  const double own = load_of(to);
  double gained = 0;
  for (OriginPath& origin : from.origins) {
    auto target = std::find_if(to.origins.begin(), to.origins.end(), [&](const OriginPath& o) { return o.origin == origin.origin; });
    if (target == to.origins.end()) {
      to.origins.push_back({origin.origin, std::vector<double>(periods.size(), 0.0), origin.profile, std::vector<double>(moved.size(), 0.0)});
      target = to.origins.end() - 1;
    }
    const double before = total(target->mean);
    for (std::size_t i = 0; i < moved.size(); ++i) target->draws[i] += moved[i] * origin.draws[i], origin.draws[i] -= moved[i] * origin.draws[i];
    set_mean(origin), set_mean(*target);
    add_profile(target->profile, before, origin.profile, total(target->mean) - before);
    gained += total(target->mean) - before;
  }
  add_profile(to.profile, own, from.profile, gained);
  to.has_profile = to.has_profile || from.has_profile;
  to.reason += fmt::format("; it takes over from '{}'", replaced.workload);
  remarks.push_back(told(moved, periods.size(), periods.back().name, replaced.workload, younger.name));
}

}  // namespace tonnage::forecast
