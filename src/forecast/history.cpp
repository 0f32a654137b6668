// Demand of workloads with a history: joint paths of their levels, and what they mean for each period.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "paths.hpp"
#include "tonnage/core/random.hpp"

namespace tonnage::forecast {
namespace {

constexpr long long day_s = 86400;

/// Level of a day: known, or step `bin` of a path ahead.
double level_at(const Levels& known, const SamplePaths& ahead, int path, double day) {
  const long long bin = static_cast<long long>(std::floor((day * day_s - static_cast<double>(known.end_s)) / static_cast<double>(known.bin_s)));
  const long long n = static_cast<long long>(known.values.size());
  if (bin < 0) return known.values[static_cast<std::size_t>(std::clamp<long long>(n + bin, 0, n - 1))];
  return ahead.horizon == 0 ? 0 : ahead.at(path, static_cast<int>(std::min<long long>(bin, ahead.horizon - 1)));
}

/// Flat levels that wander: the logarithm of all origins' level is the same random walk of weeks, each week's mean the level.
std::vector<SamplePaths> flat_paths(const std::string& name, const PreparedHistory& history, long long horizon_end_s, std::uint64_t seed) {
  const RandomStream stream(seed, "flat " + name);
  const Levels& first = history.known.front();
  const auto weeks = static_cast<std::size_t>(std::clamp<long long>((horizon_end_s - first.end_s + first.bin_s - 1) / first.bin_s, 1, 20000));
  constexpr std::size_t half = scenario_paths / 2;
  std::vector<double> factor, mean(weeks, 0.0);
  for (std::size_t j = 0; j < scenario_paths; ++j) {
    double walk = 0;
    for (std::size_t k = 0; k < weeks; ++k) {
      walk += (j < half ? 1 : -1) * stream.normal(j % half * weeks + k);
      factor.push_back(std::exp(std::min(history.flat->weekly_error * walk, 50.0)));
      mean[k] += factor.back() / scenario_paths;
    }
  }
  std::vector<SamplePaths> out;
  for (const Levels& known : history.known) {
    SamplePaths& one = out.emplace_back(SamplePaths{static_cast<int>(weeks), factor});
    for (std::size_t i = 0; i < factor.size(); ++i) one.values[i] *= known.values.front() / mean[i % weeks];
  }
  return out;
}

}  // namespace

std::vector<std::vector<SamplePaths>> joint_levels(const std::vector<const Workload*>& workloads, const std::vector<PreparedHistory>& histories, const std::vector<Period>& periods,
                                                   std::uint64_t seed) {
  std::vector<std::vector<SamplePaths>> out(histories.size());
  std::map<long long, std::vector<std::size_t>> by_bin;
  for (std::size_t w = 0; w < histories.size(); ++w) {
    if (!histories[w].inputs.empty()) by_bin[histories[w].known.front().bin_s].push_back(w);
    else if (histories[w].flat) out[w] = flat_paths(workloads[w]->name, histories[w], periods.back().end.time_since_epoch().count() * day_s, seed);
  }
  for (const auto& [bin_s, members] : by_bin) {
    long long end_s = histories[members.front()].known.front().end_s;
    for (const std::size_t w : members) end_s = std::max(end_s, histories[w].known.front().end_s);
    std::vector<SeriesInput> inputs;
    std::vector<SeriesForecast> forecasts;
    for (const std::size_t w : members)
      for (std::size_t i = 0; i < histories[w].inputs.size(); ++i) {
        inputs.push_back(histories[w].inputs[i]);
        // Errors are matched by their distance from one end.
        inputs.back().values.resize(inputs.back().values.size() + static_cast<std::size_t>((end_s - histories[w].known.front().end_s) / bin_s), std::nan(""));
        forecasts.push_back(histories[w].forecasts[i]);
      }
    std::vector<SamplePaths> paths = sample_paths(inputs, forecasts, scenario_paths, seed, 1, true, true);
    auto at = paths.begin();
    for (const std::size_t w : members) {
      const auto count = static_cast<long>(histories[w].inputs.size());
      out[w].assign(std::make_move_iterator(at), std::make_move_iterator(at + count));
      at += count;
      if (count == 1) continue;
      reconcile_with_total(histories[w].inputs, histories[w].forecasts, out[w]);
      out[w].erase(out[w].begin());
    }
  }
  return out;
}

namespace {

void add_total_profile(WorkloadPath& path) {
  path.profile.fill(0.0);
  double sum = 0;
  for (const OriginPath& origin : path.origins) {
    double weight = 0;
    for (const double m : origin.mean) weight += m;
    for (std::size_t h = 0; h < hours_of_week; ++h) path.profile[h] += weight * origin.profile[h];
    sum += weight;
  }
  for (double& p : path.profile) p = sum > 0 ? p / sum : 1.0;
  path.has_profile = !is_flat(path.profile);
}

}  // namespace

WorkloadPath history_path(const Workload& workload, const PreparedHistory& history, const std::vector<SamplePaths>& levels, const std::vector<Period>& periods, const Places& places,
                          std::vector<std::string>& remarks) {
  WorkloadPath path;
  path.profile.fill(1.0);
  if (history.history.empty() || periods.empty()) {
    path.method = "none";
    path.reason = "the history has no value";
    path.origins.push_back({anywhere, std::vector<double>(periods.size(), 0.0), path.profile, {}});
    return path;
  }
  path.method = history.method, path.reason = history.reason, path.backtest = history.backtest;
  if (history.flat)
    remarks.push_back(fmt::format("workload '{}': its history is shorter than three weeks; the level is taken as flat", workload.name));
  const std::vector<Influence> influence = influences(workload, history.events, history.price ? &*history.price : nullptr, places);
  const std::map<std::string, double> shares = origin_shares(workload);
  for (std::size_t i = 0; i < history.history.size(); ++i) {
    path.known_day = std::max(path.known_day, static_cast<double>(end_of(history.history[i])) / day_s);
    const bool split = history.history.size() == 1 && history.history[i].origin == anywhere && !shares.empty();
    for (const auto& part : split ? shares : std::map<std::string, double>{{history.history[i].origin, 1.0}}) {
      const double share = part.second;
      OriginPath origin = origin_path(part.first, periods, influence, static_cast<double>(end_of(history.history[i])) / day_s, false,
                                      [&](int j, double day) { return share * level_at(history.known[i], levels[i], j, day); });
      origin.profile = week_profile(history.history[i]);
      path.origins.push_back(std::move(origin));
    }
  }
  add_total_profile(path);
  return path;
}

}  // namespace tonnage::forecast
