#include "intervals.hpp"

#include "error_growth.hpp"
#include "tonnage/forecast/components.hpp"

namespace tonnage::forecast {
namespace {

constexpr int quantile_nodes = 400;
constexpr int shape_prior_errors = 40;      ///< the prior counts as so many standardised errors
constexpr double short_history = 50;        ///< values: beyond it a series tells its own trend
constexpr double lean_prior_series = 10;    ///< so many further series lean neither way
constexpr double fewest_leaning = 30;       ///< series: fewer do not tell which way all lean

/// The prior of the size of errors counts as so many trials of a series.
double prior_trials(Kind kind) { return kind == Kind::seasonal ? 2 : kind == Kind::nonseasonal ? 1.5 : 1; }

/// Student's t quantile by the expansion of Abramowitz & Stegun 26.7.5.
double student_quantile(double p, double v) {
  const double z = normal_quantile(p), z2 = z * z;
  return z * (1 + (z2 + 1) / (4 * v) + ((5 * z2 + 16) * z2 + 3) / (96 * v * v));
}

/// A standardised error and what it counts.
struct Weighed {
  double error, weight;
};

/// Quantile of values in order, each standing in the middle of its weight.
class WeighedQuantiles {
 public:
  explicit WeighedQuantiles(std::vector<Weighed> values) : values_(std::move(values)) {
    std::stable_sort(values_.begin(), values_.end(), [](const Weighed& a, const Weighed& b) { return a.error < b.error; });
    double total = 0;
    for (const Weighed& v : values_) middle_.push_back(total + 0.5 * v.weight), total += v.weight;
    for (double& m : middle_) m /= total;
  }

  double at(double p) const {
    const auto above = std::upper_bound(middle_.begin(), middle_.end(), p);
    if (above == middle_.begin()) return values_.front().error;
    if (above == middle_.end()) return values_.back().error;
    const std::size_t high = static_cast<std::size_t>(above - middle_.begin()), low = high - 1;
    return values_[low].error + (p - middle_[low]) / (middle_[high] - middle_[low]) * (values_[high].error - values_[low].error);
  }

 private:
  std::vector<Weighed> values_;
  std::vector<double> middle_;
};

/// Quantiles of signed errors mixed with symmetric ones: the sign of the bias of a few origins is not to be trusted alone. For parts of a day
/// the wider of the two at each probability: trials are of the last weeks only, bursts go upwards, and which way the next weeks lean is not known
/// (half and half, 80 % intervals of sums over two days held 78.5 % of those inside the hourly training parts; the wider ones 81.1 %).
std::vector<double> shape_of(const std::vector<Weighed>& errors, Kind kind) {
  std::vector<Weighed> sizes = errors;
  for (Weighed& e : sizes) e.error = std::abs(e.error);
  const WeighedQuantiles skewed(errors), symmetric(std::move(sizes));
  std::vector<double> out;
  for (int i = 0; i < quantile_nodes; ++i) {
    const double p = (i + 0.5) / quantile_nodes, as_signed = skewed.at(p), even = (p < 0.5 ? -1.0 : 1.0) * symmetric.at(std::abs(2 * p - 1));
    const double wider = p < 0.5 ? std::min(as_signed, even) : std::max(as_signed, even);
    out.push_back(kind == Kind::day_and_week ? wider : 0.5 * as_signed + 0.5 * even);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

double ErrorPool::growth_at(int step) const {
  if (growth.empty()) return 1;
  const int longest = static_cast<int>(growth.size());
  return step < longest ? growth[std::max(step, 0)] : growth.back() * std::sqrt((step + 1.0) / longest);
}

double ErrorPool::quantile_at(double p) const {
  if (quantile.empty()) return 0;
  const double n = static_cast<double>(quantile.size()), position = p * n - 0.5;
  if (position <= 0 || position >= n - 1) {
    // Beyond the outermost nodes: as Student's t of 4 degrees goes on.
    const double node = position <= 0 ? 0.5 / n : 1 - 0.5 / n, edge = position <= 0 ? quantile.front() : quantile.back();
    return edge * student_quantile(p, 4) / student_quantile(node, 4);
  }
  const std::size_t low = static_cast<std::size_t>(position);
  return quantile[low] + (position - static_cast<double>(low)) * (quantile[low + 1] - quantile[low]);
}

namespace {

/// Whether alike series tell which way the errors of this one lean: their trends are damped for want of values, and are alike.
bool leans(const std::vector<TrialErrors>& trials, Kind kind) {
  return kind == Kind::nonseasonal && !trials.empty() && trials.back().origin + static_cast<double>(trials.back().error.size()) <= short_history;
}

}  // namespace

OwnErrors own_errors(const std::vector<TrialErrors>& trials, const ErrorPool& pool, Kind kind, int left_out) {
  const double prior = prior_trials(kind);
  double sum = prior, weight = prior;
  const int count = static_cast<int>(trials.size());
  const bool many = kind == Kind::day_and_week;
  const int steps = count > 0 ? static_cast<int>(trials.front().error.size()) : 0;
  std::vector<double> by_step(steps, 0.0), seen(steps, 0.0);
  for (int o = 0; o < count; ++o) {
    if (left_out >= 0 && std::abs(trials[o].origin - trials[left_out].origin) < steps) continue;
    const double recent = trials[o].weight * std::pow(0.9, count - 1 - o);
    double ratio = 0, n = 0;
    for (int k = 0; k < steps; ++k) {
      if (!std::isfinite(trials[o].error[k]) || !(trials[o].scale[k] > 0)) continue;
      const double r = std::min(std::abs(trials[o].error[k]) / (trials[o].scale[k] * pool.growth_at(k)), 20.0);
      ratio += r, n += 1;
      by_step[k] += recent * r, seen[k] += recent;
    }
    if (n > 0) sum += recent * ratio / n, weight += recent;
  }
  OwnErrors own;
  own.factor = sum / weight;
  own.lean = leans(trials, kind) ? pool.lean : 0;
  if (!many || count < 3) return own;
  const int reach = 2;
  for (int k = 0; k < steps; ++k) {
    double s = 3 * own.factor, w = 3;
    for (int j = std::max(0, k - reach); j <= std::min(steps - 1, k + reach); ++j) s += 0.5 * by_step[j], w += 0.5 * seen[j];
    own.by_step.push_back(s / w / own.factor);
  }
  return own;
}

namespace {

/// A trial's errors over their sizes (scale, growth, own factor of the trials that do not overlap it), less the lean; NaN where not known.
struct Standardised {
  std::vector<double> error, size;
};

std::vector<Standardised> standardised(const std::vector<TrialErrors>& trials, const ErrorPool& pool, Kind kind) {
  std::vector<Standardised> out;
  for (int o = 0; o < static_cast<int>(trials.size()); ++o) {
    const OwnErrors own = own_errors(trials, pool, kind, o);
    Standardised one{trials[o].error, trials[o].scale};
    for (int k = 0; k < static_cast<int>(one.error.size()); ++k) {
      one.size[k] *= pool.growth_at(k) * own.factor * (own.by_step.empty() ? 1 : own.by_step[k]);
      one.error[k] = one.size[k] > 0 ? one.error[k] / one.size[k] - own.lean : std::nan("");
    }
    out.push_back(std::move(one));
  }
  return out;
}

/// Adds the standardised errors of a series' trials, later ones counting more, and what its bursts before them had over the usual: in units of the
/// mean size of the last trial, as often as they came over all of the past. Trials see a few weeks, and few bursts come in them.
void add_errors(const PastErrors& past, const std::vector<Standardised>& trials, std::vector<Weighed>& to) {
  double weight = 0;
  for (std::size_t o = 0; o < trials.size(); ++o)
    for (const double u : trials[o].error)
      if (std::isfinite(u)) to.push_back({u, recency(trials.size() - 1 - o)}), weight += to.back().weight;
  if (past.bursts.empty() || trials.empty()) return;
  const double size = mean_of(trials.back().size), steps = past.trials.back().origin + static_cast<double>(trials.back().size.size());
  if (!(size > 0)) return;
  for (const double burst : past.bursts) to.push_back({burst / size, std::min(1.0, weight / steps)});
}

}  // namespace

std::vector<double> own_quantiles(const PastErrors& past, const ErrorPool& pool, Kind kind) {
  double count = 0;
  const std::vector<Standardised> all = standardised(past.trials, pool, kind);
  for (std::size_t o = 0; o < all.size(); ++o)
    for (const double u : all[o].error) count += std::isfinite(u) ? past.trials[o].weight : 0;
  if (count < 50 || pool.quantile.empty()) return pool.quantile;
  std::vector<Weighed> errors;
  add_errors(past, all, errors);
  const double weight = count / (count + 400);
  std::vector<double> out = shape_of(errors, kind);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = weight * out[i] + (1 - weight) * pool.quantile[i];
  return out;
}

namespace {

/// How errors of the same trial hang together: those of neighbouring steps, and how far the sum over a trial is spread. The sum counts in
/// the units of the data: large errors, as of busy hours, weigh more and lie closer together than small ones.
class Correlation {
 public:
  /// Before any trial is seen, so much is assumed: ten trials of eight steps of one size, neighbours correlating by 0.8.
  Correlation() {
    for (int l = 0; l < 8; ++l) lag_[static_cast<std::size_t>(l)] = 10 * (1 - l / 8.0);
  }

  void add(const Standardised& trial) {
    std::vector<double> u, size;
    double before = std::nan("");
    for (std::size_t k = 0; k < trial.error.size(); ++k) {
      const bool known = std::isfinite(trial.error[k]);
      const double v = known ? std::clamp(trial.error[k], -4.0, 4.0) : std::nan("");
      if (known && std::isfinite(before)) near_ += v * before, near_square_ += 0.5 * (v * v + before * before);
      u.push_back(known ? v : 0), size.push_back(known ? trial.size[k] : 0);
      before = v;
    }
    add_sum(u, size);
  }

  /// Lasting share c and persistence f of the rest, so that neighbours correlate by c + (1 - c) f as they do, and sums over the trials have
  /// their variance: sum_ij size_i size_j (c + (1 - c) f^|i - j|) where all errors have variance 1.
  void split(double& lasting, double& persistence) const {
    const double one = std::clamp(near_ / near_square_, 0.0, 0.98), wanted = sum_square_ / square_;
    double low = 0, high = one;
    for (int i = 0; i < 50; ++i) {
      const double c = 0.5 * (low + high), f = (one - c) / (1 - c);
      double inflation = lag_[0], power = 1;
      for (std::size_t l = 1; l < lag_.size(); ++l) power *= f, inflation += 2 * lag_[l] * (c + (1 - c) * power);
      (inflation < wanted * lag_[0] ? low : high) = c;
    }
    lasting = low, persistence = (one - low) / (1 - low);
  }

 private:
  void add_sum(const std::vector<double>& u, const std::vector<double>& size) {
    double sum = 0, squares = 0, sizes = 0;
    for (std::size_t k = 0; k < u.size(); ++k) sum += size[k] * u[k], squares += size[k] * size[k] * u[k] * u[k], sizes += size[k] * size[k];
    if (u.size() < 3 || !(sizes > 0)) return;
    sum_square_ += sum * sum / sizes, square_ += squares / sizes;
    if (lag_.size() < u.size()) lag_.resize(u.size(), 0.0);
    for (std::size_t l = 0; l < u.size(); ++l)
      for (std::size_t k = l; k < u.size(); ++k) lag_[l] += size[k] * size[k - l] / sizes;
  }

  double near_ = 8, near_square_ = 10, sum_square_ = 50, square_ = 10;
  std::vector<double> lag_ = std::vector<double>(8, 0.0);  ///< by lag: sum of products of sizes, over the trials
};

/// Standardised errors of the trials that are equally old.
struct Age {
  std::vector<double> errors;
  double series = 0, apart = 0;  ///< how many, and sum of what their trials count for overlap

  double middle() const { return median_of(errors); }
};

/// Half of the middle of the errors, shrunk by how much that middle differs between ages (James & Stein 1961, ages that overlap counting as fewer) and
/// as if some further series leaned neither way: all series of a run may share one time, so that many series at one age say little.
double lean_of(const std::vector<const PastErrors*>& series, const ErrorPool& pool, Kind kind) {
  std::vector<Age> ages;
  std::vector<Weighed> errors;
  double leaning = 0;
  for (const PastErrors* past : series) {
    if (!leans(past->trials, kind)) continue;
    leaning += 1;
    const std::vector<Standardised> all = standardised(past->trials, pool, kind);
    for (std::size_t o = 0; o < all.size(); ++o) {
      const std::size_t age = all.size() - 1 - o;
      if (ages.size() <= age) ages.resize(age + 1);
      ages[age].series += 1, ages[age].apart += past->trials[o].weight;
      for (const double u : all[o].error)
        if (std::isfinite(u)) ages[age].errors.push_back(u), errors.push_back({u, recency(age)});
    }
  }
  std::erase_if(ages, [](const Age& age) { return age.errors.empty(); });
  if (ages.size() < 2 || leaning < fewest_leaning) return 0;
  double trials = 0, apart = 0, squares = 0, mean = 0, variance = 0;
  for (const Age& age : ages) trials += age.series, apart += age.apart;
  for (const Age& age : ages) mean += age.series / trials * age.middle(), squares += std::pow(age.series / trials, 2);
  for (const Age& age : ages) variance += age.series / trials * std::pow(age.middle() - mean, 2);
  const double count = 1 / squares, independent = std::max(1.0, count * apart / trials), middle = WeighedQuantiles(std::move(errors)).at(0.5), signal = middle * middle;
  const double noise = variance * count / std::max(count - 1, 0.5) / independent;
  return signal > 0 ? 0.5 * middle * signal / (signal + noise) * leaning / (leaning + lean_prior_series) : 0;
}

}  // namespace

ErrorPool pool_errors(const std::vector<const PastErrors*>& series, Kind kind, int horizon) {
  ErrorPool pool;
  pool.growth = error_growth(series, kind, horizon);
  pool.lean = lean_of(series, pool, kind);
  std::vector<Weighed> errors;
  for (int i = 0; i < shape_prior_errors; ++i) errors.push_back({student_quantile((i + 0.5) / shape_prior_errors, 4), 1});
  Correlation correlation;
  for (const PastErrors* past : series) {
    pool.series += !past->trials.empty();
    pool.trials += static_cast<int>(past->trials.size());
    const std::vector<Standardised> all = standardised(past->trials, pool, kind);
    add_errors(*past, all, errors);
    for (const Standardised& trial : all) correlation.add(trial);
  }
  correlation.split(pool.lasting, pool.persistence);
  pool.quantile = shape_of(errors, kind);
  return pool;
}

}  // namespace tonnage::forecast
