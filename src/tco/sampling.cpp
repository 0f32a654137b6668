// Replicated quasi-random sampling: quantiles and Sobol' indices.
#include <algorithm>
#include <cmath>
#include <optional>

#include <Eigen/Core>
#include <fmt/format.h>

#include "joint_points.hpp"
#include "tonnage/core/parallel.hpp"
#include "tonnage/tco/uncertainty.hpp"

namespace tonnage::tco {

namespace {

constexpr int replicates = 8;
constexpr double student_975 = 2.364624251592785;  // 7 degrees of freedom
constexpr int block = JointPoints::block;

using Columns = JointPoints::Columns;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

struct Replicate {
  double mean = 0, sd = 0, p10 = 0, p50 = 0, p90 = 0, exceeds = 0;
  std::vector<double> first_order, total;
};

/// Quantile between order statistics; reorders.
double quantile_of(std::vector<double>& values, double p) {
  const double place = p * static_cast<double>(values.size()) - 0.5;
  const auto below = static_cast<std::ptrdiff_t>(std::clamp(std::floor(place), 0.0, static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const double low = values[static_cast<std::size_t>(below)];
  if (below + 1 == static_cast<std::ptrdiff_t>(values.size())) return low;
  const double high = *std::min_element(values.begin() + below + 1, values.end());
  return low + (high - low) * std::clamp(place - static_cast<double>(below), 0.0, 1.0);
}

/// Quantiles of cost that is affine in one input, rest + slope x input, with that input integrated out: the distribution function becomes
/// the mean of smooth functions of the other inputs, in place of steps along an edge askew to the axes, which quasi-random points resolve
/// no better than N^-0.75 in two dimensions (He and Wang, SIAM J. Numer. Anal. 53 (2015); preintegration: Griewank, Kuo, Leovey and Sloan,
/// J. Comput. Appl. Math. 344 (2018)). Newton's steps from the quantile of the sample.
class Preintegrated {
 public:
  Preintegrated(const Distribution& input, std::size_t points) : input_(input) {
    rest_.reserve(points);
    slope_.reserve(points);
  }

  void add(double rest, double slope) {
    rest_.push_back(rest);
    slope_.push_back(slope);
  }

  /// Chance of a cost up to y.
  double probability(double y) const {
    double sum = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) sum += slope_[i] == 0 ? (rest_[i] <= y ? 1 : 0) : below(i, input_.probability((y - rest_[i]) / slope_[i]));
    return sum / static_cast<double>(rest_.size());
  }

  double quantile(double p, double y) const {
    constexpr int steps = 2;  // each squares an error that is small already
    for (int step = 0; step < steps; ++step) {
      double sum = 0, density = 0;
      for (std::size_t i = 0; i < rest_.size(); ++i) {
        if (slope_[i] == 0) {
          sum += rest_[i] <= y ? 1 : 0;
          continue;
        }
        const double x = (y - rest_[i]) / slope_[i];
        sum += below(i, input_.probability(x));
        density += input_.density(x) / std::fabs(slope_[i]);
      }
      if (!(density > 0)) return y;
      y -= (sum - p * static_cast<double>(rest_.size())) / density;
    }
    return y;
  }

 private:
  double below(std::size_t i, double probability) const { return slope_[i] > 0 ? probability : 1 - probability; }

  const Distribution& input_;
  std::vector<double> rest_, slope_;
};

class Sampler {
 public:
  /// `affine`: an input in which the function is affine, independent of the others and with a density; -1: none.
  Sampler(const Function& function, const std::vector<Distribution>& inputs, const std::vector<RankCorrelation>& correlations, int affine, const SamplingOptions& options)
      : function_(function), inputs_(inputs), joint_(inputs, correlations), affine_(affine), options_(options), size_(static_cast<int>(inputs.size())) {
    std::vector<const double*> middle;
    for (const Distribution& input : inputs_) middle.push_back(&input.middle);
    function_(middle, 1, &shift_);
    points_ = std::max(16, options.samples / replicates);
    indices_ = options.indices && !joint_.correlated() && size_ > 0;
  }

  Replicate run(int r) const {
    const SobolSequence sequence(indices_ ? 2 * size_ : size_, options_.seed, fmt::format("uncertainty {}", r));
    Columns a(block, size_), b(block, size_);
    Sums sums;
    sums.first.assign(at(size_), 0.0);
    sums.total.assign(at(size_), 0.0);
    std::vector<double> values;
    values.reserve(at(points_));
    std::optional<Preintegrated> smooth;
    if (affine_ >= 0) smooth.emplace(inputs_[at(affine_)], at(points_));
    for (int start = 0; start < points_; start += block) {
      const int count = std::min(block, points_ - start);
      joint_.fill(sequence, 0, start, count, a);
      Eigen::Array<double, block, 1> ya;
      std::vector<const double*> columns = columns_of(a);
      function_(columns, count, ya.data());
      for (int i = 0; i < count; ++i) values.push_back(ya[i] - shift_);
      if (smooth) integrate_out(columns, count, *smooth);
      if (!indices_) continue;
      joint_.fill(sequence, size_, start, count, b);
      compare(columns, b, count, ya, sums);
    }
    Replicate out = summarize(values, sums);
    if (!smooth) return out;
    for (const auto& [p, quantile] : {std::pair{0.1, &out.p10}, {0.5, &out.p50}, {0.9, &out.p90}}) *quantile = smooth->quantile(p, *quantile - shift_) + shift_;
    if (options_.budget) out.exceeds = 1 - smooth->probability(*options_.budget - shift_);
    return out;
  }

 private:
  struct Sums {
    double b = 0, bb = 0;
    std::vector<double> first, total;
  };

  std::vector<const double*> columns_of(const Columns& x) const {
    std::vector<const double*> out;
    for (int i = 0; i < size_; ++i) out.push_back(x.col(i).data());
    return out;
  }

  void integrate_out(std::vector<const double*> columns, int count, Preintegrated& out) const {
    const Eigen::Array<double, block, 1> zero = Eigen::Array<double, block, 1>::Zero(), one = Eigen::Array<double, block, 1>::Ones();
    Eigen::Array<double, block, 1> at_zero, at_one;
    columns[at(affine_)] = zero.data();
    function_(columns, count, at_zero.data());
    columns[at(affine_)] = one.data();
    function_(columns, count, at_one.data());
    for (int i = 0; i < count; ++i) out.add(at_zero[i] - shift_, at_one[i] - at_zero[i]);
  }

  /// Replaces one column of A by B's at a time.
  void compare(std::vector<const double*>& columns, const Columns& b, int count, const Eigen::Array<double, block, 1>& ya, Sums& sums) const {
    Eigen::Array<double, block, 1> yb, mixed;
    function_(columns_of(b), count, yb.data());
    for (int j = 0; j < count; ++j) {
      sums.b += yb[j] - shift_;
      sums.bb += (yb[j] - shift_) * (yb[j] - shift_);
    }
    for (int i = 0; i < size_; ++i) {
      const double* kept = columns[at(i)];
      columns[at(i)] = b.col(i).data();
      function_(columns, count, mixed.data());
      columns[at(i)] = kept;
      double first = 0, total = 0;
      for (int j = 0; j < count; ++j) {
        const double change = mixed[j] - ya[j];
        first += (yb[j] - shift_) * change;
        total += change * change;
      }
      sums.first[at(i)] += first;
      sums.total[at(i)] += total;
    }
  }

  Replicate summarize(std::vector<double>& values, const Sums& sums) const {
    Replicate out;
    const double n = points_;
    double sum = 0, squares = 0;
    int above = 0;
    for (const double y : values) {
      sum += y;
      squares += y * y;
      if (options_.budget && y + shift_ > *options_.budget) ++above;
    }
    out.mean = sum / n + shift_;
    out.sd = std::sqrt(std::max(0.0, squares / n - sum / n * (sum / n)));
    out.exceeds = above / n;
    out.p10 = quantile_of(values, 0.1) + shift_;
    out.p50 = quantile_of(values, 0.5) + shift_;
    out.p90 = quantile_of(values, 0.9) + shift_;
    if (!indices_) return out;
    const double center = (sum + sums.b) / (2 * n);
    const double variance = (squares + sums.bb) / (2 * n) - center * center;
    if (!(variance > 0)) return out;
    for (int i = 0; i < size_; ++i) {
      out.first_order.push_back(sums.first[at(i)] / n / variance);
      out.total.push_back(sums.total[at(i)] / (2 * n) / variance);
    }
    return out;
  }

  const Function& function_;
  const std::vector<Distribution>& inputs_;
  JointPoints joint_;
  int affine_;
  const SamplingOptions& options_;
  int size_;
  int points_ = 0;
  bool indices_ = false;
  double shift_ = 0;  ///< cost at the middle, taken off before squares are summed
};

template <typename Get>
Estimate estimate(const std::vector<Replicate>& all, const Get& get) {
  double sum = 0, squares = 0;
  for (const Replicate& one : all) sum += get(one);
  const double mean = sum / replicates;
  for (const Replicate& one : all) squares += (get(one) - mean) * (get(one) - mean);
  return {mean, student_975 * std::sqrt(squares / (replicates - 1) / replicates)};
}

Sampled sample(const Function& function, const std::vector<Distribution>& inputs, const std::vector<RankCorrelation>& correlations, int affine, const SamplingOptions& options) {
  const Sampler sampler(function, inputs, correlations, affine, options);
  std::vector<Replicate> all(replicates);
  parallel_for(replicates, options.threads, [&](int r) { all[at(r)] = sampler.run(r); });
  Sampled out;
  out.mean = estimate(all, [](const Replicate& r) { return r.mean; });
  out.sd = estimate(all, [](const Replicate& r) { return r.sd; });
  out.p10 = estimate(all, [](const Replicate& r) { return r.p10; });
  out.p50 = estimate(all, [](const Replicate& r) { return r.p50; });
  out.p90 = estimate(all, [](const Replicate& r) { return r.p90; });
  out.exceeds_budget = estimate(all, [](const Replicate& r) { return r.exceeds; });
  const bool spread = std::all_of(all.begin(), all.end(), [](const Replicate& r) { return !r.total.empty(); });
  for (std::size_t i = 0; spread && i < inputs.size(); ++i) {
    out.first_order.push_back(estimate(all, [i](const Replicate& r) { return r.first_order[i]; }));
    out.total.push_back(estimate(all, [i](const Replicate& r) { return r.total[i]; }));
  }
  return out;
}

/// The input that moves cost most of those that can be integrated out; -1: none can.
int widest_affine(const CostExpression& cost, const std::vector<UncertainInput>& inputs, const std::vector<RankCorrelation>& correlations) {
  int best = -1;
  double widest = 0;
  for (const TornadoBar& bar : tornado(cost, inputs, std::nullopt)) {
    const bool alone = std::none_of(correlations.begin(), correlations.end(), [&](const RankCorrelation& one) { return one.a == bar.input || one.b == bar.input; });
    const bool once = std::all_of(cost.terms.begin(), cost.terms.end(), [&](const CostExpression::Term& term) { return std::count(term.inputs.begin(), term.inputs.end(), bar.input) <= 1; });
    const double width = std::fabs(bar.at_p90 - bar.at_p10);
    if (!alone || !once || !inputs[at(bar.input)].distribution.has_density() || width <= widest) continue;
    best = bar.input;
    widest = width;
  }
  return best;
}

}  // namespace

Sampled sample(const Function& function, const std::vector<Distribution>& inputs, const std::vector<RankCorrelation>& correlations, const SamplingOptions& options) {
  return sample(function, inputs, correlations, -1, options);
}

Sampled sample(const CostExpression& cost, const std::vector<UncertainInput>& inputs, const std::vector<RankCorrelation>& correlations, const SamplingOptions& options) {
  std::vector<Distribution> distributions;
  for (const UncertainInput& input : inputs) distributions.push_back(input.distribution);
  const Function function = [&cost](const std::vector<const double*>& columns, int count, double* out) {
    using Array = Eigen::Map<const Eigen::ArrayXd>;
    Eigen::Map<Eigen::ArrayXd> sum(out, count);
    sum.setConstant(cost.constant);
    for (const CostExpression::Term& term : cost.terms) {
      const auto column = [&](std::size_t i) { return Array(columns[at(term.inputs[i])], count); };
      if (term.inputs.size() == 1) sum += term.coefficient * column(0);
      else if (term.inputs.size() == 2) sum += term.coefficient * column(0) * column(1);
      else {
        Eigen::ArrayXd product = term.coefficient * column(0);
        for (std::size_t i = 1; i < term.inputs.size(); ++i) product *= column(i);
        sum += product;
      }
    }
  };
  return sample(function, distributions, correlations, widest_affine(cost, inputs, correlations), options);
}

}  // namespace tonnage::tco
