#include "tonnage/capacity/traffic.hpp"

#include <algorithm>
#include <cmath>

#include "tonnage/core/random.hpp"

namespace tonnage::capacity {
namespace {

constexpr double most_tokens = 1e8;

int whole(double tokens, int least) {
  return std::max(least, static_cast<int>(std::lround(std::isfinite(tokens) ? std::clamp(tokens, 0.0, most_tokens) : 0.0)));
}

/// Length by its kind from a uniform and a normal draw of the request's own.
class LengthSampler {
 public:
  LengthSampler(const Lengths& lengths, std::uint64_t seed, const char* name) : lengths_(lengths), stream_(seed, name) {
    if (lengths.kind != LengthKind::lognormal || !(lengths.p95 > lengths.mean) || !(lengths.mean > 0)) return;
    // p95 / mean = exp(z s - s^2 / 2); the smaller root is the usual one, the largest ratio is exp(z^2 / 2).
    const double z = 1.6448536269514722;
    sigma_ = z - std::sqrt(std::max(z * z - 2 * std::log(lengths.p95 / lengths.mean), 0.0));
  }

  double operator()(std::uint64_t i) const {
    if (lengths_.kind == LengthKind::uniform) {
      const double low = std::ceil(lengths_.low_share * lengths_.mean);
      return std::min(std::floor(lengths_.mean), low + std::floor(stream_.uniform(i) * (std::floor(lengths_.mean) - low + 1)));
    }
    if (sigma_ > 0) return lengths_.mean * std::exp(sigma_ * stream_.normal(i) - 0.5 * sigma_ * sigma_);
    return lengths_.mean;
  }

 private:
  Lengths lengths_;
  RandomStream stream_;
  double sigma_ = 0;
};

/// Total tokens of a request at quantile u.
double total_tokens(const std::vector<LengthPoint>& points, double u) {
  LengthPoint last;
  for (const LengthPoint& point : points) {
    if (u <= point.share) return last.tokens + (u - last.share) / std::max(point.share - last.share, 1e-300) * (point.tokens - last.tokens);
    last = point;
  }
  return last.tokens;
}

/// Gamma variate of mean 1 with a coefficient of variation, from draws 64 i, 64 i + 1, ... of a stream.
double gamma_gap(const RandomStream& stream, std::uint64_t i, double cv) {
  const double shape = 1 / (cv * cv), boosted = shape < 1 ? shape + 1 : shape;
  const double d = boosted - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  double value = d;
  for (std::uint64_t draw = 64 * i; draw < 64 * i + 60; draw += 2) {
    const double x = stream.normal(draw), v = std::pow(1 + c * x, 3);
    if (!(v > 0) || std::log(stream.uniform(draw + 1)) >= 0.5 * x * x + d - d * v + d * std::log(v)) continue;
    value = d * v;
    break;
  }
  if (shape < 1) value *= std::pow(stream.uniform(64 * i + 62), 1 / shape);
  return value / shape;
}

void set_arrivals(const Arrivals& arrivals, std::uint64_t seed, std::vector<Request>& requests) {
  const bool timed = arrivals.kind == ArrivalKind::constant || arrivals.kind == ArrivalKind::poisson || arrivals.kind == ArrivalKind::gamma;
  if (!timed || !(arrivals.rate_per_s > 0)) return;
  const RandomStream stream(seed, "simulation arrivals");
  const bool regular = arrivals.kind == ArrivalKind::constant || (arrivals.kind == ArrivalKind::gamma && !(arrivals.cv > 1e-6));
  double now = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i].arrival_s = regular ? static_cast<double>(i) / arrivals.rate_per_s : now;
    if (regular) continue;
    const double gap = arrivals.kind == ArrivalKind::poisson ? -std::log(stream.uniform(i)) : gamma_gap(stream, i, arrivals.cv);
    now += gap / arrivals.rate_per_s;
  }
}

void cut(Request& request, int longest) {
  if (longest <= 0 || request.input_tokens + request.output_tokens <= longest) return;
  request.output_tokens = std::clamp(request.output_tokens, 1, std::max(1, longest / 2));
  request.input_tokens = std::min(request.input_tokens, longest - request.output_tokens);
}

}  // namespace

std::vector<Request> make_requests(const Traffic& traffic, int count, std::uint64_t seed) {
  std::vector<Request> requests(static_cast<std::size_t>(std::max(count, 0)));
  const LengthSampler input(traffic.input, seed, "simulation input"), output(traffic.output, seed, "simulation output");
  const RandomStream totals(seed, "simulation total"), prefixes(seed, "simulation prefix");
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Request& r = requests[i];
    if (traffic.totals.empty()) {
      r.input_tokens = whole(input(i), 1);
      r.output_tokens = whole(output(i), 1);
    } else {
      const double total = std::max(total_tokens(traffic.totals, totals.uniform(i)), 2.0);
      r.output_tokens = whole(total * traffic.output_share, 1);
      r.input_tokens = whole(total - r.output_tokens, 1);
    }
    cut(r, traffic.longest_tokens);
    r.cached_tokens = std::min(r.input_tokens, whole(r.input_tokens * std::clamp(traffic.cached_share, 0.0, 1.0), 0));
    if (traffic.prefix_groups > 0)
      r.prefix_group = static_cast<int>(prefixes.bits(i) % static_cast<std::uint64_t>(traffic.prefix_groups));
  }
  set_arrivals(traffic.arrivals, seed, requests);
  return requests;
}

}  // namespace tonnage::capacity
