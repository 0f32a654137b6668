#include "tonnage/forecast/series.hpp"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <numeric>

#include "combine.hpp"
#include "intervals.hpp"
#include "sparse.hpp"
#include "tonnage/core/parallel.hpp"

namespace tonnage::forecast {
namespace {

/// One series on its way: candidates, weights, combined trials.
struct Work {
  Candidates candidates;
  std::vector<double> weights;
  std::vector<std::vector<double>> combined;  ///< by trial
  PastErrors past;                            ///< of the method taken
  bool naive = false;                         ///< seasonal naive is taken instead
};

/// Series that say something about each other, in the order of their names.
struct Group {
  std::vector<int> members;
  std::vector<double> loss;
  ErrorPool pool;
};

std::string group_key(const Candidates& c) {
  std::string key = fmt::format("{}|{}|{}", static_cast<int>(c.plan.kind), fmt::join(c.plan.seasons, "+"), c.horizon);
  for (const std::string& m : c.plan.members) key += "|" + m;
  return key;
}

std::vector<double> group_losses(const Group& group, const std::vector<Work>& work) {
  std::vector<Losses> alike;
  for (const int i : group.members) alike.push_back(losses_of(work[i].candidates));
  const Plan& plan = work[group.members.front()].candidates.plan;
  return pooled_losses(alike, plan.kind, plan.members.size());
}

struct Score {
  double absolute = 0, actual = 0, count = 0;

  void add(const std::vector<double>& truth, const std::vector<double>& forecast) {
    for (std::size_t k = 0; k < std::min(truth.size(), forecast.size()); ++k) {
      if (!std::isfinite(truth[k])) continue;
      absolute += std::abs(truth[k] - forecast[k]);
      actual += std::abs(truth[k]);
      count += 1;
    }
  }
  double share() const { return actual > 0 ? absolute / actual : 0; }
  double mean() const { return count > 0 ? absolute / count : 0; }
};

double least_distance(const Candidates& c) { return 0.01 * mean_absolute_difference(c.data.filled, c.plan.seasons.front()) + 1e-6 * std::abs(mean_of(c.data.filled)); }

/// Errors of busy and quiet hours differ; those of longer steps only grow.
bool widens(const Candidates& c) { return c.plan.kind != Kind::day_and_week; }

/// Weights, combined trials, and whether seasonal naive is clearly better on the past.
void combine_series(Work& w, const std::vector<double>& loss) {
  const Candidates& c = w.candidates;
  if (c.data.filled.empty()) return;
  const bool trim = c.plan.kind != Kind::nonseasonal;
  w.weights = weights_of(c, loss);
  Score naive, combined;
  for (std::size_t o = 0; o < c.trials.size(); ++o) {
    const Trial& trial = c.trials[o];
    // Weights that had seen the trial would make its errors smaller than those to come.
    w.combined.push_back(combine(trial.members, c.trials.size() > 2 ? weights_of(c, loss, static_cast<int>(o)) : w.weights, trim));
    if (w.combined.back().empty()) w.combined.back() = trial.naive;
    naive.add(trial.actual, trial.naive);
    combined.add(trial.actual, w.combined.back());
  }
  const double zeros = share_of_zeros(c.data.filled);
  const bool told = zeros < many_zeros;  // else a forecast of zero has the least absolute errors
  const bool repeats = c.season > 1 && naive.absolute <= 1e-12 * naive.actual && (naive.actual > 0 || zeros == 1);  // to the last digit, which a mean of methods does not keep
  w.naive = c.trials.size() >= 2 && (repeats || (told && naive.absolute < 0.6 * combined.absolute * (1 - 1e-9) && naive.absolute <= combined.absolute - 1e-9 * combined.actual));
  if (std::accumulate(w.weights.begin(), w.weights.end(), 0.0) <= 0) w.naive = true;
  for (std::size_t o = 0; o < c.trials.size(); ++o) {
    const std::vector<double>& f = w.naive ? c.trials[o].naive : w.combined[o];
    TrialErrors e{c.trials[o].actual, spread_sizes(c.trials[o].members, w.weights, f, c.trials[o].scale, least_distance(c), widens(c)), c.trials[o].origin,
                  std::min(1.0, static_cast<double>(c.trial_stride) / std::max(1, c.trial_horizon))};
    for (std::size_t k = 0; k < e.error.size(); ++k) e.error[k] -= f[k];
    w.past.trials.push_back(std::move(e));
  }
  w.past.bursts = c.bursts;
}

std::vector<double> sizes(const Candidates& c, const ErrorPool& pool, const OwnErrors& own, const std::vector<double>& scale, int first, int count) {
  std::vector<double> out;
  for (int k = first; k < first + count; ++k) {
    double size = scale[k] * pool.growth_at(k) * own.factor;
    if (!own.by_step.empty()) {
      // Beyond the steps tried, as at the same phase of the season.
      const int steps = static_cast<int>(own.by_step.size()), m = c.plan.seasons.front();
      const int at = k < steps ? k : steps > m ? steps - m + (k - steps) % m : steps - 1;
      size *= own.by_step[at];
    }
    out.push_back(size);
  }
  return out;
}

/// Errors of sparse demand: as often and as large as demand came.
ErrorDistribution sparse_errors(Values history, const std::vector<double>& mean) {
  return {std::vector<double>(mean.size(), 1.0), sparse_quantiles(history, mean.empty() ? 0 : mean.front(), 400), 0, 0, true, 0, false};
}

Interval make_interval(double level, const std::vector<double>& mean, const ErrorDistribution& errors) {
  Interval interval;
  interval.level = std::clamp(level, 0.0, 0.9999);
  const double tail = 0.5 * (1 - interval.level);
  for (std::size_t k = 0; k < mean.size(); ++k) {
    double lower = mean[k] + std::min(errors.error(tail, static_cast<int>(k)), 0.0);
    if (errors.has_floor) lower = std::max(lower, std::min(errors.floor, mean[k]));
    interval.lower.push_back(lower);
    interval.upper.push_back(mean[k] + std::max(errors.error(1 - tail, static_cast<int>(k)), 0.0));
  }
  return interval;
}

/// Of sparse demand: inside the interval made from the history before each trial.
double sparse_coverage_80(const Work& w) {
  double inside = 0, count = 0;
  for (std::size_t o = 0; o < w.combined.size(); ++o) {
    const Trial& trial = w.candidates.trials[o];
    const Interval interval = make_interval(0.8, w.combined[o], sparse_errors(Values(w.candidates.data.filled).first(static_cast<std::size_t>(trial.origin)), w.combined[o]));
    for (std::size_t k = 0; k < trial.actual.size(); ++k)
      if (std::isfinite(trial.actual[k])) inside += trial.actual[k] >= interval.lower[k] && trial.actual[k] <= interval.upper[k], count += 1;
  }
  return count > 0 ? inside / count : 0;
}

/// Share of actuals inside the 80 % interval made from the errors of the other trials.
double coverage_80(const Work& w, const ErrorPool& pool) {
  if (w.candidates.plan.kind == Kind::sparse && !w.naive) return sparse_coverage_80(w);
  double inside = 0, count = 0;
  for (int o = 0; o < static_cast<int>(w.past.trials.size()); ++o) {
    const TrialErrors& t = w.past.trials[o];
    const OwnErrors own = own_errors(w.past.trials, pool, w.candidates.plan.kind, o);
    const std::vector<double> size = sizes(w.candidates, pool, own, t.scale, 0, static_cast<int>(t.error.size()));
    for (std::size_t k = 0; k < t.error.size(); ++k) {
      if (!std::isfinite(t.error[k])) continue;
      const double slack = 1e-9 * (std::abs(w.candidates.trials[o].actual[k]) + t.scale[k]);
      const double error = t.error[k] - size[k] * own.lean;
      inside += error >= std::min(size[k] * pool.quantile_at(0.1), 0.0) - slack && error <= std::max(size[k] * pool.quantile_at(0.9), 0.0) + slack;
      count += 1;
    }
  }
  return count > 0 ? inside / count : 0;
}

void add_backtest(const Work& w, const ErrorPool& pool, SeriesForecast& out) {
  const Candidates& c = w.candidates;
  Score best, naive;
  for (std::size_t o = 0; o < c.trials.size(); ++o) {
    best.add(c.trials[o].actual, w.naive ? c.trials[o].naive : w.combined[o]);
    naive.add(c.trials[o].actual, c.trials[o].naive);
  }
  const double unit = mean_absolute_difference(c.data.seen, c.season);
  out.backtest = {static_cast<int>(c.trials.size()), c.trial_horizon, best.share(), naive.share(), unit > 0 ? best.mean() / unit : 0,
                  unit > 0 ? naive.mean() / unit : 0, coverage_80(w, pool)};
}

void add_methods(const Work& w, SeriesForecast& out) {
  const Candidates& c = w.candidates;
  for (std::size_t m = 0; m < c.plan.members.size(); ++m) {
    if (!(w.weights[m] > 0)) continue;
    Score score;
    for (const Trial& t : c.trials) score.add(t.actual, t.members[m]);
    out.methods.push_back({c.plan.members[m], w.weights[m], score.share()});
  }
  std::stable_sort(out.methods.begin(), out.methods.end(), [](const MethodShare& a, const MethodShare& b) { return a.weight > b.weight; });
}

std::string percent(double share) { return fmt::format("{:.3g} %", 100 * share); }

std::string why(const Work& w, const ErrorPool& pool, const SeriesForecast& f) {
  const Candidates& c = w.candidates;
  const std::size_t n = c.data.filled.size();
  std::string text;
  if (c.trials.empty()) {
    text = fmt::format("{} value{}: too short to try a method on, the error is assumed", n, n == 1 ? "" : "s");
  } else {
    text = fmt::format("{} forecast{} of {} step{} from the past: error {} against {} for seasonal naive", c.trials.size(), c.trials.size() == 1 ? "" : "s",
                       c.trial_horizon, c.trial_horizon == 1 ? "" : "s", percent(f.backtest.error), percent(f.backtest.naive_error));
  }
  if (w.naive && !c.trials.empty()) text += "; the combination of other methods did clearly worse";
  if (!w.naive && f.methods.size() > 1) {
    text += "; heaviest";
    for (std::size_t i = 0; i < std::min<std::size_t>(3, f.methods.size()); ++i)
      text += fmt::format("{} {} {:.0f} %", i == 0 ? "" : ",", member_title(f.methods[i].name), 100 * f.methods[i].weight);
  }
  if (c.plan.kind == Kind::sparse && !w.naive) return text + "; many values are zero: intervals from how often demand came and how large it was";
  if (pool.series > 1) text += fmt::format("; intervals with the errors of {} alike series", pool.series);
  return text;
}

SeriesForecast finish(const Work& w, const Group& group, const SeriesOptions& options) {
  SeriesForecast out;
  const Candidates& c = w.candidates;
  const bool floored = !c.data.negative && !options.allow_negative;
  std::vector<double> path = w.naive ? std::vector<double>{} : combine(c.ahead, w.weights, c.plan.kind != Kind::nonseasonal);
  const int total = c.data.ahead + c.horizon;
  if (path.empty()) {
    Memory none;
    path = run_member("seasonal-naive", c.data.filled, {c.season}, total, none);
  }
  if (floored)
    for (double& v : path) v = std::max(v, 0.0);
  const OwnErrors own = own_errors(w.past.trials, group.pool, c.plan.kind, -1);
  std::vector<double> scale = spread_sizes(c.ahead, w.weights, path, c.scale, least_distance(c), widens(c));
  // Too short to try anything on: at least a tenth of the level is assumed, a quarter when there are only one or two values.
  if (c.trials.empty())
    for (double& v : scale) v = std::max(v, (c.data.filled.size() < 3 ? 0.25 : 0.1) * std::abs(mean_of(c.data.filled)));
  out.mean.assign(path.begin() + c.data.ahead, path.end());
  out.errors = {sizes(c, group.pool, own, scale, c.data.ahead, c.horizon), own_quantiles(w.past, group.pool, c.plan.kind), group.pool.persistence, 0, floored, group.pool.lasting, true};
  for (std::size_t k = 0; k < out.mean.size(); ++k) out.mean[k] = std::max(out.mean[k] + own.lean * out.errors.size[k], floored ? 0 : -HUGE_VAL);
  if (c.plan.kind == Kind::sparse && !w.naive) out.errors = sparse_errors(c.data.filled, out.mean);
  for (const double level : options.levels) out.intervals.push_back(make_interval(level, out.mean, out.errors));
  for (std::size_t o = 0; o < w.past.trials.size(); ++o) {
    const std::vector<double> size = sizes(c, group.pool, own, w.past.trials[o].scale, 0, static_cast<int>(w.past.trials[o].error.size()));
    std::vector<double> relative = w.past.trials[o].error;
    for (std::size_t k = 0; k < relative.size(); ++k) relative[k] = size[k] > 0 ? relative[k] / size[k] - own.lean : 0;
    out.past_errors.push_back(std::move(relative));
    out.past_origins.push_back(c.trials[o].origin);
  }
  add_methods(w, out);
  if (w.naive) out.methods = {{"seasonal-naive", 1, 0}};
  out.method = w.naive ? "seasonal naive" : out.methods.size() == 1 ? member_title(out.methods.front().name) : fmt::format("combination of {}", out.methods.size());
  add_backtest(w, group.pool, out);
  if (w.naive) out.methods.front().error = out.backtest.error;
  out.reason = why(w, group.pool, out);
  return out;
}

SeriesForecast nothing(bool empty, const SeriesOptions& options) {
  SeriesForecast out;
  out.method = "none";
  out.reason = empty ? "the history is empty" : "every value of the history is missing";
  out.mean.assign(std::max(options.horizon, 0), 0.0);
  out.errors.size = out.mean;
  for (const double level : options.levels) out.intervals.push_back({level, out.mean, out.mean});
  return out;
}

std::vector<Group> make_groups(const std::vector<SeriesInput>& inputs, const std::vector<Work>& work) {
  std::map<std::string, Group> by_key;
  std::vector<int> order(inputs.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return inputs[a].name < inputs[b].name; });
  for (const int i : order)
    if (!work[i].candidates.data.filled.empty()) by_key[group_key(work[i].candidates)].members.push_back(i);
  std::vector<Group> groups;
  for (auto& [key, group] : by_key) groups.push_back(std::move(group));
  return groups;
}

void pool_group(Group& group, std::vector<Work>& work) {
  int horizon = 1;
  std::vector<const PastErrors*> errors;
  for (const int i : group.members) {
    errors.push_back(&work[i].past);
    horizon = std::max(horizon, work[i].candidates.trial_horizon);
  }
  group.pool = pool_errors(errors, work[group.members.front()].candidates.plan.kind, horizon);
}

}  // namespace

double ErrorDistribution::error(double p, int step) const {
  if (size.empty()) return 0;
  const double n = static_cast<double>(quantile.size()), position = p * n - 0.5;
  const double at = size[std::clamp<std::size_t>(static_cast<std::size_t>(std::max(step, 0)), 0, size.size() - 1)];
  if (position > 0 && position < n - 1) {
    const std::size_t low = static_cast<std::size_t>(position);
    return at * (quantile[low] + (position - static_cast<double>(low)) * (quantile[low + 1] - quantile[low]));
  }
  ErrorPool pool;  // the tails beyond the outermost quantiles
  pool.quantile = quantile;
  return at * pool.quantile_at(p);
}

std::vector<SeriesForecast> forecast_together(const std::vector<SeriesInput>& inputs, int threads, const std::function<void(int)>& progress) {
  const int n = static_cast<int>(inputs.size());
  std::vector<Work> work(inputs.size());
  std::atomic<int> done{0};
  parallel_for(n, threads, [&](int i) {
    const SeriesOptions& o = inputs[i].options;
    work[i].candidates = make_candidates(inputs[i].values, {o.season, o.horizon, o.methods});
    if (progress) progress(++done);
  });
  std::vector<Group> groups = make_groups(inputs, work);
  std::vector<int> group_of(inputs.size(), -1);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    groups[g].loss = group_losses(groups[g], work);
    for (const int i : groups[g].members) group_of[i] = static_cast<int>(g);
  }
  parallel_for(n, threads, [&](int i) {
    if (group_of[i] >= 0) combine_series(work[i], groups[group_of[i]].loss);
  });
  for (Group& group : groups) pool_group(group, work);
  std::vector<SeriesForecast> out(inputs.size());
  parallel_for(n, threads, [&](int i) {
    out[i] = group_of[i] >= 0 ? finish(work[i], groups[group_of[i]], inputs[i].options) : nothing(inputs[i].values.empty(), inputs[i].options);
  });
  return out;
}

SeriesForecast forecast_series(std::span<const double> history, const SeriesOptions& options) {
  return forecast_together({{"", {history.begin(), history.end()}, options}}, 1).front();
}

std::vector<std::string> method_names() { return member_names(); }
std::string method_title(const std::string& name) { return member_title(name); }

}  // namespace tonnage::forecast
