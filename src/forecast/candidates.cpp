#include "candidates.hpp"

#include "bursts.hpp"
#include "tonnage/forecast/components.hpp"

namespace tonnage::forecast {
namespace {

constexpr std::size_t short_series = 80;

struct Origins {
  std::vector<int> at;
  int horizon = 0, stride = 1;
};

/// Where to try: whole seasons apart where there is a season (phases of errors then agree), latest origin first.
Origins plan_origins(int n, const Plan& plan, int horizon) {
  Origins out;
  const int season = plan.seasons.front();
  int most = 4, stride = std::max(1, season), least = season > 1 ? 2 * season + 4 : 5;
  if (plan.kind == Kind::day_and_week) most = 8, least = std::min(2 * plan.seasons.back() + 2 * horizon + 2 * season, n * 2 / 3);
  least = std::max({least, 4, std::min(n / 3, n - horizon)});
  // A horizon that leaves no room is tried in part: two thirds of what can be spared.
  out.horizon = horizon <= n - least ? horizon : std::max(1, 2 * (n - least) / 3);
  if (plan.kind == Kind::nonseasonal) stride = std::max(1, std::min(horizon / 2, (n - 8) / 6));
  if (plan.kind == Kind::long_season) most = 6, stride = std::max(1, horizon / 2);
  if (plan.kind == Kind::day_and_week) stride = season * std::clamp((n - out.horizon - least) / (most - 1) / season, 1, std::max(1, horizon / season / 2));
  if (plan.kind == Kind::seasonal || plan.kind == Kind::long_short_season) {
    // As far apart as a horizon where four such trials fit, so that they do not overlap.
    const int apart = (n - out.horizon - least) / (most - 1) / season * season;
    stride = std::clamp(apart, stride, std::max(stride, (out.horizon + season - 1) / season * season));
  }
  out.stride = stride;
  if (n - out.horizon < std::max(3, std::min(least, n - 1))) return {{}, out.horizon, stride};
  for (int i = 0; i < most && n - out.horizon - i * stride >= least; ++i) out.at.insert(out.at.begin(), n - out.horizon - i * stride);
  return out;
}

/// What the members are fitted to. Where a history has many seasons of steps of a day or less, an isolated burst says nothing of what comes at the same
/// phase; its size is kept for the errors (on the series of docs/accuracy-forecast.md: inside the training parts hourly errors fall by 1.5 %, those of
/// the ten bursty series by 9 %).
std::vector<double> learnt_from(Values y, const Plan& plan) {
  if (plan.kind != Kind::day_and_week && plan.kind != Kind::long_short_season) return {y.begin(), y.end()};
  return without_bursts(y, plan.seasons.back(), 3 * plan.seasons.front() / 2);
}

Trial make_trial(const Candidates& c, int origin, int horizon, std::vector<Memory> memory) {
  Trial trial;
  trial.origin = origin;
  const Values known = Values(c.data.filled).first(origin);
  const std::vector<double> learnt = learnt_from(known, c.plan);
  // A short series would give away its future by the form chosen on all of it; a long one only has its parameters fitted again.
  if (c.data.filled.size() <= short_series) memory.assign(memory.size(), Memory{});
  for (std::size_t m = 0; m < c.plan.members.size(); ++m) trial.members.push_back(run_member(c.plan.members[m], learnt, c.plan.seasons, horizon, memory[m]));
  Memory none;
  trial.naive = run_member("seasonal-naive", known, {std::max(c.season, 1)}, horizon, none);
  trial.actual.assign(c.data.seen.begin() + origin, c.data.seen.begin() + origin + horizon);
  trial.scale = error_scale(known, c.plan.seasons.front());
  return trial;
}

}  // namespace

Prepared prepare(Values history, int season) {
  Prepared data;
  std::size_t first = 0, last = history.size();
  while (first < last && !std::isfinite(history[first])) ++first;
  while (last > first && !std::isfinite(history[last - 1])) --last;
  data.ahead = static_cast<int>(history.size() - last);
  data.seen.assign(history.begin() + static_cast<long>(first), history.begin() + static_cast<long>(last));
  double highest = 0;
  for (double& v : data.seen) {
    if (!std::isfinite(v)) continue;
    v = std::clamp(v, -1e100, 1e100);  // squares and their sums stay finite
    data.negative = data.negative || v < 0;
    highest = std::max(highest, v);
  }
  data.positive = !data.negative && highest > 0;
  data.filled = fill_gaps(data.seen, season);
  return data;
}

double error_scale(Values y, int season) {
  const SeasonalIndices indices = seasonal_indices(y, season);
  std::vector<double> a(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) a[i] = indices.remove(y[i], static_cast<long long>(i));
  double level = 0;
  for (const double v : y) level += std::abs(v) / static_cast<double>(y.size());
  const std::size_t recent = std::min(a.size(), static_cast<std::size_t>(std::max(12, 2 * season)));
  const double least = 1e-4 * level;
  const double first = mean_absolute_difference(Values(a).last(recent), 1), seasonal = mean_absolute_difference(y, season);
  if (!(first + seasonal > 1e-9 * level)) return 0;  // constant but for rounding
  return std::pow(std::max(seasonal, least), 0.2) * std::pow(std::max(first, least), 0.35) * std::pow(level, 0.1);
}

Candidates make_candidates(Values history, const CandidateOptions& options) {
  Candidates c;
  c.season = std::max(options.season, 1);
  c.horizon = std::max(options.horizon, 0);
  c.data = prepare(history, c.season);
  // The recent past decides; bounding it bounds the time for long histories.
  const std::size_t most = static_cast<std::size_t>(std::max(2000, 12 * c.season));
  if (c.data.filled.size() > most) {
    c.data.filled.erase(c.data.filled.begin(), c.data.filled.end() - static_cast<long>(most));
    c.data.seen.erase(c.data.seen.begin(), c.data.seen.end() - static_cast<long>(most));
  }
  const int n = static_cast<int>(c.data.filled.size()), total = c.data.ahead + c.horizon;
  c.plan = make_plan(c.data.filled, c.season);
  if (!options.methods.empty()) c.plan.members = options.methods;
  if (n == 0) return c;
  std::vector<Memory> memory(c.plan.members.size());
  const std::vector<double> learnt = learnt_from(c.data.filled, c.plan);
  for (std::size_t m = 0; m < memory.size(); ++m) c.ahead.push_back(run_member(c.plan.members[m], learnt, c.plan.seasons, total, memory[m]));
  c.scale = error_scale(c.data.filled, c.plan.seasons.front());
  const Origins origins = plan_origins(n, c.plan, std::max(total, 1));
  c.trial_horizon = origins.horizon;
  c.trial_stride = origins.stride;
  for (const int origin : origins.at) c.trials.push_back(make_trial(c, origin, origins.horizon, memory));
  if (!c.trials.empty()) c.bursts = burst_excess(c.data.filled, learnt, c.trials.front().origin);
  return c;
}

}  // namespace tonnage::forecast
