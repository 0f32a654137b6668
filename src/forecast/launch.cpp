#include "tonnage/forecast/launch.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "numerics.hpp"
#include "tonnage/core/normal.hpp"
#include "tonnage/core/random.hpp"
#include "tonnage/forecast/components.hpp"

namespace tonnage::forecast {
namespace {

using Point = std::array<double, 3>;  ///< logs of market and two parameters, or their standard normal scores

/// Wide priors of the logs of the two parameters by kind of curve: products that take a year or so to grow, give or take a factor of seven.
constexpr double parameter_middle[curve_kinds][2] = {{-1.6, 0.7}, {1.1, 0.0}, {0.7, 1.6}};
constexpr double parameter_sd = 2.0, market_middle = 0.3, market_sd = 0.7;
/// Spread between products before any is seen, of the logs of market and the two parameters; counts as so many products.
constexpr double wide_sd[3] = {0.6, 0.6, 0.4}, wide_products = 2;

GrowthCurve curve_of(Curve kind, const Point& logs) {
  const auto at = [&](std::size_t i) { return std::exp(std::clamp(logs[i], -50.0, 50.0)); };
  return {kind, at(0), at(1), at(2)};
}

/// Residuals log load - log curve, where both are above nothing.
std::vector<double> log_residuals(const GrowthCurve& curve, const AgedLoads& loads) {
  std::vector<double> out;
  for (std::size_t i = 0; i < loads.years.size(); ++i) {
    const double fitted = curve.at(loads.years[i]);
    if (loads.load_per_s[i] > 0 && fitted > 1e-300) out.push_back(std::log(loads.load_per_s[i] / fitted));
  }
  return out;
}

std::array<double, 9> factor_of(std::array<double, 9> a) {
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j <= i; ++j) {
      double sum = a[static_cast<std::size_t>(3 * i + j)];
      for (int k = 0; k < j; ++k) sum -= a[static_cast<std::size_t>(3 * i + k)] * a[static_cast<std::size_t>(3 * j + k)];
      a[static_cast<std::size_t>(3 * i + j)] = i == j ? std::sqrt(std::max(sum, 1e-12)) : sum / a[static_cast<std::size_t>(3 * j + j)];
    }
  a[1] = a[2] = a[5] = 0;
  return a;
}

/// Mean and factor of one kind of curve from the products' parameters.
void set_distribution(const std::vector<Point>& points, Point& mean, std::array<double, 9>& factor) {
  const double n = static_cast<double>(points.size());
  mean = {};
  for (const Point& p : points)
    for (std::size_t i = 0; i < 3; ++i) mean[i] += p[i] / n;
  std::array<double, 9> covariance{};
  for (std::size_t i = 0; i < 3; ++i) {
    covariance[3 * i + i] = wide_products * wide_sd[i] * wide_sd[i];
    for (std::size_t j = 0; j < 3; ++j)
      for (const Point& p : points) covariance[3 * i + j] += (p[i] - mean[i]) * (p[j] - mean[j]);
  }
  for (double& v : covariance) v *= (1 + 1 / n) / (n - 1 + wide_products);
  factor = factor_of(covariance);
}

/// A state of the sampler: kind of curve and standard normal scores.
struct Draw {
  int kind = 0;
  Point z{};
};

GrowthCurve curve_of(const LaunchPrior& prior, const GivenMarket& market, const Draw& draw) {
  const auto& mean = prior.mean[static_cast<std::size_t>(draw.kind)];
  const auto& f = prior.factor[static_cast<std::size_t>(draw.kind)];
  Point logs = mean;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t k = 0; k <= i; ++k) logs[i] += f[3 * i + k] * draw.z[k];
  GrowthCurve out = curve_of(static_cast<Curve>(draw.kind), logs);
  if (market.given) out.market_per_s = std::max(1e-12, market.spread.quantile(market.middle_per_s, std::clamp(normal_probability(draw.z[0]), 1e-9, 1 - 1e-9)));
  return out;
}

/// Log likelihood of what was seen: residuals follow an autoregression whose correlation over a week is the prior's.
double log_likelihood(const LaunchPrior& prior, const GrowthCurve& curve, const AgedLoads& seen) {
  double sum = 0, before = 0, age = -1;
  for (std::size_t i = 0; i < seen.years.size(); ++i) {
    if (!(seen.load_per_s[i] > 0)) continue;  // a week without load, as before the real start, has no logarithm
    const double fitted = std::max(curve.at(seen.years[i]), 1e-300);
    const double e = std::log(seen.load_per_s[i] / fitted), phi = age < 0 ? 0 : std::pow(prior.persistence, (seen.years[i] - age) * 52.18);
    const double variance = prior.residual * prior.residual * (1 - phi * phi), step = e - phi * before;
    sum -= 0.5 * (step * step / variance + std::log(variance));
    before = e, age = seen.years[i];
  }
  return sum;
}

int kind_at(const LaunchPrior& prior, double p) {
  for (int c = 0; c + 1 < curve_kinds; ++c)
    if ((p -= prior.weight[static_cast<std::size_t>(c)]) < 0) return c;
  return curve_kinds - 1;
}

/// -log of prior times likelihood of a kind's scores, up to a constant.
double potential(const LaunchPrior& prior, const GivenMarket& market, const AgedLoads& seen, const Draw& draw) {
  double u = -log_likelihood(prior, curve_of(prior, market, draw), seen);
  for (const double z : draw.z) u += 0.5 * z * z;
  return u;
}

/// Posterior of a kind of curve about its mode: Laplace's approximation.
struct Mode {
  Point z{};
  std::array<double, 9> factor{};  ///< lower triangular, of the covariance
  double log_evidence = 0;         ///< log of the kind's weight times the integral of its posterior
};

/// Inverse of a symmetric 3 x 3 matrix by columns, made positive definite by adding to its diagonal.
std::array<double, 9> inverse_of(std::array<double, 9> h) {
  LeastSquares normal(3);
  // Rows of the factor of h are observations whose normal matrix is h.
  for (int i = 0; i < 3; ++i) h[static_cast<std::size_t>(4 * i)] = std::max(h[static_cast<std::size_t>(4 * i)], 0.5);
  const std::array<double, 9> l = factor_of(h);
  for (std::size_t c = 0; c < 3; ++c) {
    const double row[3] = {l[c], l[3 + c], l[6 + c]};
    normal.add(row, 0);
  }
  const std::vector<double> inverse = normal.inverse();
  std::array<double, 9> out{};
  std::copy(inverse.begin(), inverse.end(), out.begin());
  return out;
}

Mode mode_of(const LaunchPrior& prior, const GivenMarket& market, const AgedLoads& seen, int kind) {
  const auto at = [&](const std::vector<double>& p) { return potential(prior, market, seen, {kind, {p[0], p[1], p[2]}}); };
  std::vector<double> best(3, 0.0);
  for (int round = 0; round < 3; ++round) nelder_mead(best, {0.5, 0.5, 0.5}, 300, 1e-10, at);
  const double lowest = at(best), step = 0.02;
  std::array<double, 9> hessian{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      const auto moved = [&](double a, double b) {
        std::vector<double> p = best;
        p[i] += a * step, p[j] += b * step;
        return at(p);
      };
      const double second = i == j ? (moved(1, 0) - 2 * lowest + moved(-1, 0)) : 0.25 * (moved(1, 1) - moved(1, -1) - moved(-1, 1) + moved(-1, -1));
      hessian[3 * i + j] = hessian[3 * j + i] = second / (step * step);
    }
  Mode out{{best[0], best[1], best[2]}, factor_of(inverse_of(hessian)), 0};
  out.log_evidence = std::log(std::max(prior.weight[static_cast<std::size_t>(kind)], 1e-12)) - lowest + std::log(out.factor[0] * out.factor[4] * out.factor[8]);
  return out;
}

constexpr double freedom = 5;  ///< degrees of Student's t about a mode: tails heavier than the posterior's

/// A proposal about the mode, and the log of its density up to a constant.
Point proposal(const Mode& mode, const RandomStream& stream, std::uint64_t at, double& log_density) {
  double chi = 0, squares = 0;
  for (int i = 0; i < static_cast<int>(freedom); ++i) chi += std::pow(stream.normal(at + 3 + static_cast<std::uint64_t>(i)), 2);
  Point out = mode.z, t{};
  for (std::size_t i = 0; i < 3; ++i) t[i] = stream.normal(at + i) / std::sqrt(chi / freedom), squares += t[i] * t[i];
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t k = 0; k <= i; ++k) out[i] += mode.factor[3 * i + k] * t[k];
  log_density = -0.5 * (freedom + 3) * std::log1p(squares / freedom) - std::log(mode.factor[0] * mode.factor[4] * mode.factor[8]);
  return out;
}

/// Draws of the posterior: importance sampling from Student's t about the mode of each kind of curve, kinds by their evidence, resampled
/// systematically in proportion to posterior over proposal.
std::vector<Draw> posterior(const LaunchPrior& prior, const GivenMarket& market, const AgedLoads& seen, int count, const RandomStream& stream) {
  const int tried = 5 * count;
  std::array<Mode, curve_kinds> modes;
  std::array<double, curve_kinds> share{};
  double most = -INFINITY, total = 0;
  for (int c = 0; c < curve_kinds; ++c) modes[static_cast<std::size_t>(c)] = mode_of(prior, market, seen, c), most = std::max(most, modes[static_cast<std::size_t>(c)].log_evidence);
  for (std::size_t c = 0; c < curve_kinds; ++c) total += share[c] = std::exp(modes[c].log_evidence - most) + 0.02;
  std::vector<Draw> draws;
  std::vector<double> weight;
  double heaviest = -INFINITY, sum = 0;
  for (int j = 0; j < tried; ++j) {
    double p = (j + 0.5) / tried, density = 0;
    std::size_t c = 0;
    while (c + 1 < curve_kinds && p >= share[c] / total) p -= share[c++] / total;
    const Draw draw{static_cast<int>(c), proposal(modes[c], stream, 8 * static_cast<std::uint64_t>(j), density)};
    draws.push_back(draw);
    weight.push_back(std::log(std::max(prior.weight[c], 1e-12)) - potential(prior, market, seen, draw) - density - std::log(share[c] / total));
    heaviest = std::max(heaviest, weight.back());
  }
  for (double& w : weight) sum += w = std::exp(w - heaviest);
  std::vector<Draw> out;
  std::size_t i = 0;
  double upto = weight[0];
  for (int j = 0; j < count; ++j) {
    while (upto < (j + 0.5) / count * sum && i + 1 < draws.size()) upto += weight[++i];
    out.push_back(draws[i]);
  }
  return out;
}

}  // namespace

const char* to_string(Curve curve) { return curve == Curve::bass ? "Bass" : curve == Curve::logistic ? "logistic" : "Gompertz"; }

double GrowthCurve::at(double years) const {
  if (!(years > 0)) return 0;
  double share = 0;
  if (curve == Curve::bass) {
    const double e = std::exp(-(first + second) * years);
    share = -std::expm1(-(first + second) * years) / (1 + second / first * e);
  } else if (curve == Curve::logistic) {
    share = 1 / (1 + std::exp(std::clamp(-first * (years - second), -700.0, 700.0)));
  } else {
    share = std::exp(-second * std::exp(-first * years));
  }
  return market_per_s * share;
}

GrowthCurve fit_curve(Curve kind, const AgedLoads& loads, double& cost) {
  const double highest = loads.load_per_s.empty() ? 0 : *std::max_element(loads.load_per_s.begin(), loads.load_per_s.end());
  cost = 0;
  if (!(highest > 0)) return {kind, 0, 1, 1};
  const double n = static_cast<double>(loads.years.size()), last = std::max(loads.years.back(), 1e-3);
  const double* middle = parameter_middle[static_cast<int>(kind)];
  const auto price = [&](const std::vector<double>& p) {
    const GrowthCurve curve = curve_of(kind, {std::log(highest) + p[0], p[1], p[2]});
    double squares = 0;
    for (std::size_t i = 0; i < loads.years.size(); ++i) {
      const double e = (std::sqrt(loads.load_per_s[i]) - std::sqrt(curve.at(loads.years[i]))) / std::sqrt(highest);
      squares += e * e;
    }
    const double m = (p[0] - market_middle) / market_sd, a = (p[1] - middle[0]) / parameter_sd, b = (p[2] - middle[1]) / parameter_sd;
    return n * std::log(squares / n + 1e-8) + m * m + a * a + b * b;
  };
  // Two starts: as fast as the data are long, and as the prior says.
  std::vector<double> best;
  for (const double speed : {std::log(2 / last), 0.0}) {
    std::vector<double> point = {0.2, speed == 0 ? middle[0] : speed + (kind == Curve::bass ? -2.0 : 0.5), kind == Curve::bass ? (speed == 0 ? middle[1] : speed + 0.7) : kind == Curve::logistic && speed != 0 ? -speed : middle[1]};
    const double found = nelder_mead(point, {0.3, 0.5, 0.5}, 600, 1e-10, price);
    if (best.empty() || found < cost) best = point, cost = found;
  }
  return curve_of(kind, {std::log(highest) + best[0], best[1], best[2]});
}

LaunchPrior prior_from(const std::vector<AgedLoads>& analogues) {
  LaunchPrior out;
  out.analogues = static_cast<int>(analogues.size());
  std::array<std::vector<Point>, curve_kinds> points;
  double squares = 0.01, count = 1, product = 0.005, neighbours = 0.01;  // a little of what is assumed: 10 %, half of it kept for a week
  for (const AgedLoads& one : analogues) {
    std::array<double, curve_kinds> cost{};
    std::array<GrowthCurve, curve_kinds> curve;
    for (std::size_t c = 0; c < curve_kinds; ++c) {
      curve[c] = fit_curve(static_cast<Curve>(c), one, cost[c]);
      points[c].push_back({std::log(std::max(curve[c].market_per_s, 1e-12)), std::log(curve[c].first), std::log(curve[c].second)});
    }
    const std::size_t best = static_cast<std::size_t>(std::min_element(cost.begin(), cost.end()) - cost.begin());
    double total = 0;
    for (const double x : cost) total += std::exp(-0.5 * (x - cost[best]));
    for (std::size_t c = 0; c < curve_kinds; ++c) out.weight[c] += std::exp(-0.5 * (cost[c] - cost[best])) / total / static_cast<double>(analogues.size());
    std::vector<double> residuals = log_residuals(curve[best], one);
    const double step_weeks = one.years.size() > 1 ? (one.years[1] - one.years[0]) * 52.18 : 1;
    for (std::size_t i = 0; i < residuals.size(); ++i) {
      const double e = std::clamp(residuals[i], -1.0, 1.0), before = i > 0 ? std::clamp(residuals[i - 1], -1.0, 1.0) : 0;
      squares += e * e, count += 1;
      if (i > 0 && step_weeks < 2) product += e * before, neighbours += 0.5 * (e * e + before * before);
    }
  }
  for (std::size_t c = 0; c < curve_kinds; ++c) set_distribution(points[c], out.mean[c], out.factor[c]);
  out.residual = std::clamp(std::sqrt(squares / count), 0.02, 1.0);
  out.persistence = std::clamp(product / neighbours, 0.0, 0.95);
  return out;
}

std::vector<GrowthCurve> draw_curves(const LaunchPrior& prior, const GivenMarket& market, const AgedLoads& seen, int count, std::uint64_t seed, const std::string& name) {
  const RandomStream stream(seed, "launch " + name);
  std::vector<Draw> draws;
  if (!seen.years.empty()) draws = posterior(prior, market, seen, count, stream);
  for (int j = 0; seen.years.empty() && j < count; ++j) {
    // Mirror images: half of the scores are the others' with the other sign. Kinds in proportion to their weights.
    const int half = (count + 1) / 2, own = j >= half ? j - half : j;
    Draw draw{kind_at(prior, (own + 0.5) / half), {}};
    for (std::size_t i = 0; i < 3; ++i) draw.z[i] = (own == j ? 1 : -1) * stream.normal(3 * static_cast<std::uint64_t>(own) + i);
    draws.push_back(draw);
  }
  std::vector<GrowthCurve> out;
  for (const Draw& d : draws) out.push_back(curve_of(prior, market, d));
  return out;
}

Backtest leave_one_out(const std::vector<AgedLoads>& analogues, std::uint64_t seed) {
  Backtest out;
  if (analogues.size() < 3) return out;
  double error = 0, naive = 0, actual = 0, inside = 0, count = 0;
  for (std::size_t i = 0; i < analogues.size(); ++i) {
    std::vector<AgedLoads> others = analogues;
    others.erase(others.begin() + static_cast<long>(i));
    const LaunchPrior prior = prior_from(others);
    const std::vector<GrowthCurve> curves = draw_curves(prior, {}, {}, 400, seed, "left out");
    for (std::size_t k = 0; k < analogues[i].years.size(); ++k) {
      std::vector<double> loads;
      const double age = analogues[i].years[k], y = analogues[i].load_per_s[k];
      for (const GrowthCurve& c : curves) loads.push_back(c.at(age));
      std::sort(loads.begin(), loads.end());
      double sum = 0, known = 0;
      for (const AgedLoads& other : others) {
        const auto at = std::lower_bound(other.years.begin(), other.years.end(), age - 1e-9);
        if (at != other.years.end()) sum += other.load_per_s[static_cast<std::size_t>(at - other.years.begin())], known += 1;
      }
      if (known == 0) continue;
      const double spread = 1.2816 * prior.residual;
      error += std::abs(y - quantile_of_sorted(loads, 0.5)), naive += std::abs(y - sum / known), actual += y;
      inside += y >= quantile_of_sorted(loads, 0.1) * std::exp(-spread) && y <= quantile_of_sorted(loads, 0.9) * std::exp(spread), count += 1;
    }
  }
  if (!(actual > 0)) return out;
  out.origins = static_cast<int>(analogues.size());
  out.horizon_steps = static_cast<int>(analogues.front().years.size());
  out.error = error / actual, out.naive_error = naive / actual;
  out.mase = naive > 0 ? error / naive : 0, out.naive_mase = naive > 0 ? 1 : 0;
  out.coverage_80 = inside / count;
  return out;
}

}  // namespace tonnage::forecast
