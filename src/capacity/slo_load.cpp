#include "slo_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tonnage::capacity {
namespace {

double figure(WeightedPoints& points, double percentile) { return percentile > 0 ? points.quantile(percentile) : points.mean(); }

std::string name_of(const char* metric, double percentile) {
  return percentile > 0 ? fmt::format("{}.p{:.4g}", metric, 100 * percentile) : fmt::format("{}.mean", metric);
}

constexpr double guessed_within = 0.03;

/// The first that is missed, with the largest excess of all.
Miss first_miss(Operating& state, const Slo& slo) {
  struct Part {
    const char* metric;
    WeightedPoints* points;
    const std::vector<SloLimit>* limits;
  };
  Miss miss;
  for (const Part& part : {Part{"ttft", &state.ttft, &slo.ttft}, Part{"tpot", &state.tpot, &slo.tpot}, Part{"e2e", &state.e2e, &slo.e2e}})
    for (const SloLimit& limit : *part.limits) {
      if (part.points->empty() || !std::isfinite(limit.limit_s)) continue;
      const bool met = meets(*part.points, limit);
      const double value = figure(*part.points, limit.percentile), excess = value > 0 ? 1 - limit.limit_s / value : -1;
      miss.excess = std::max(miss.excess, met ? std::min(excess, 0.0) : excess);
      if (!met && miss.name.empty()) miss = {name_of(part.metric, limit.percentile), part.metric, value, limit.limit_s, miss.excess};
    }
  return miss;
}

/// Where the excess is 0 between a load that holds and one that misses: interpolated, a little to the side that would close the
/// bracket; the middle where that came to little.
class Bracket {
 public:
  Bracket(double low, double low_excess, double high, double high_excess) : low_(low), high_(high), below_(low_excess), above_(high_excess) {}

  double low() const { return low_; }
  double high() const { return high_; }
  bool missed() const { return missed_; }  ///< at the last load
  double width() const { return high_ - low_; }

  double next(double step) const {
    const double middle = 0.5 * (low_ + high_);
    if (slow_ || !(below_ < 0) || !(above_ > 0)) return middle;
    const double root = low_ + width() * below_ / (below_ - above_), aside = std::min(0.4 * step, 0.25 * width());
    return std::clamp(missed_ ? root - aside : root + aside, low_ + aside, high_ - aside);
  }

  void narrow(double load, const Miss& miss) {
    const double before = width();
    missed_ = !miss.name.empty();
    if (missed_) high_ = load, above_ = miss.excess;
    else low_ = load, below_ = miss.excess;
    slow_ = !slow_ && width() > 0.6 * before;
  }

 private:
  double low_, high_, below_, above_;
  bool missed_ = true, slow_ = false;
};

}  // namespace

Miss miss_at(const Replica& replica, const Slo& slo, double load) {
  const bool memory = replica.tokens && replica.kv_limit < replica.limit + 1;
  const Miss throughput{"throughput", memory ? "kv memory" : "compute", 0, 0, 1};
  if (is_overloaded(replica, load)) return throughput;
  Operating state = operate(replica, load, {!slo.ttft.empty(), !slo.tpot.empty(), !slo.e2e.empty(), slo.tpot});
  return state.saturated ? throughput : first_miss(state, slo);
}

Highest highest_load(const Replica& replica, const Slo& slo, double close, const Known& known) {
  double high = operate(replica, 0, {false, false, false}).highest_per_s;
  if (known.most > 0) high = std::max(std::min(high, known.most), known.least);
  const double step = close * high;
  Highest result;
  // Both ends are looked at last, and only where nothing between them did.
  Bracket bracket(known.least, known.least > 0 ? known.excess : -1, high, 1);
  const auto look = [&](double load) {
    Miss miss = miss_at(replica, slo, load);
    bracket.narrow(load, miss);
    if (!miss.name.empty()) result.bound = std::move(miss);
  };
  // From a guess first, in steps that grow, to the other side of the highest load.
  const auto within = [&](double load) { return load > bracket.low() + step && load < bracket.high() - step; };
  if (within(known.guess)) {
    look(known.guess);
    const bool missed = bracket.missed();
    double load = known.guess;
    for (double by = guessed_within; bracket.missed() == missed && by < 1 && within(load *= missed ? 1 - by : 1 + by); by *= 3) look(load);
  }
  while (bracket.width() > step) look(bracket.next(step));
  if (bracket.low() == 0) {
    result.bound = miss_at(replica, slo, 1e-9 * high);
    if (!result.bound.name.empty()) return result;
  }
  if (result.bound.name.empty()) result.bound = miss_at(replica, slo, high);
  if (result.bound.name.empty() && known.most > 0) return highest_load(replica, slo, close, {high, 0});  // more than was thought
  result.load = bracket.low();
  return result;
}

}  // namespace tonnage::capacity
