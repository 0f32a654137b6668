#include "slo_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tonnage::capacity {
namespace {

std::string name_of(const char* metric, double percentile) {
  return percentile > 0 ? fmt::format("{}.p{:.4g}", metric, 100 * percentile) : fmt::format("{}.mean", metric);
}

constexpr double near_limit = 0.15, near_by = 0.03;
constexpr double more = 1.1;
constexpr double far_off = 0.2;  ///< in excess of a limit: an idle replica may miss it too

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
      const double value = figure(*part.points, limit);
      miss.excess = std::max(miss.excess, value > 0 ? 1 - limit.limit_s / value : -1);
      if (value > limit.limit_s && miss.name.empty()) miss = {name_of(part.metric, limit.percentile), part.metric, value, limit.limit_s, miss.excess};
    }
  return miss;
}

/// Where the excess is 0 between a load that holds and one that misses: on the line through the two loads nearest to it that were looked
/// at, a little to the side that would close the bracket; the middle where that says nothing or came to little.
class Bracket {
 public:
  Bracket(const Look& low, const Look& high) : low_(low), high_(high) {}

  const Look& low() const { return low_; }
  const Look& high() const { return high_; }
  double width() const { return high_.load - low_.load; }

  double next(double step) const {
    const double middle = 0.5 * (low_.load + high_.load), aside = std::min(0.4 * step, 0.25 * width());
    const auto inside = [&](double load) { return std::clamp(load, low_.load + aside, high_.load - aside); };
    if (slow_ > 1) return middle;
    const Look *a = nullptr, *b = nullptr;
    for (const Look* look : {&low_, &high_, &last_}) {
      if (!look->excess) continue;
      if (a == nullptr || std::abs(*look->excess) < std::abs(*a->excess)) b = std::exchange(a, look);
      else if (b == nullptr || std::abs(*look->excess) < std::abs(*b->excess)) b = look;
    }
    if (a == nullptr) return middle;
    // Two make a line: near the one where it is near its limit.
    if (b == nullptr) return std::abs(*a->excess) < near_limit ? inside(a->load * (*a->excess < 0 ? 1 + near_by : 1 - near_by)) : middle;
    const double slope = (*b->excess - *a->excess) / (b->load - a->load), root = a->load - *a->excess / slope;
    const bool within = root > low_.load && root < high_.load;
    if (!(slope > 0) || (root <= low_.load && low_.looked) || (root >= high_.load && high_.looked)) return middle;
    return inside(!within ? root : missed_ ? root - aside : root + aside);
  }

  void narrow(double load, const Miss& miss) {
    const double before = width();
    missed_ = !miss.name.empty();
    Look& end = missed_ ? high_ : low_;
    if (end.excess) last_ = end;
    end = look_at(load, miss);
    slow_ = width() > 0.6 * before && slow_ < 2 ? slow_ + 1 : 0;
  }

 private:
  Look low_, high_, last_;         ///< the last that was an end
  bool missed_ = true;
  int slow_ = 0;                   ///< looks in turn that came to little
};

}  // namespace

Miss miss_at(const Replica& replica, const Slo& slo, double load) {
  const bool memory = replica.tokens && replica.kv_limit < replica.limit + 1;
  const Miss throughput{"throughput", !replica.tokens ? replica.full_batch_bound : memory ? "kv memory" : "compute", 0, 0, 1};
  if (is_overloaded(replica, load)) return throughput;
  Operating state = operate(replica, load, {!slo.ttft.empty(), !slo.tpot.empty(), !slo.e2e.empty(), slo.tpot});
  return state.saturated ? throughput : first_miss(state, slo);
}

Look look_at(double load, const Miss& miss) {
  // 1: not carried, -1: far from any limit; neither says how far.
  return {load, std::abs(miss.excess) < 1 ? std::optional(miss.excess) : std::nullopt, true};
}

double least_load(const Replica& replica) { return 1e-9 * highest_throughput(replica); }

Highest highest_load(const Replica& replica, const Slo& slo, double close, const Known& known) {
  double high = highest_throughput(replica);
  const bool bounded = known.most.load > 0 && known.most.load < high;
  if (bounded) high = std::max(known.most.load, known.least.load);
  const double step = close * high;
  Highest result;
  // Both ends are looked at last, and only where nothing between them did.
  Bracket bracket(known.least, bounded ? known.most : Look{high, {}, false});
  const auto look = [&](double load) {
    Miss miss = miss_at(replica, slo, load);
    bracket.narrow(load, miss);
    if (!miss.name.empty()) result.bound = std::move(miss);
  };
  if (known.guess > bracket.low().load + step && known.guess < high - step) look(known.guess);
  const double idle = least_load(replica);
  bool idle_holds = bracket.low().load > 0;
  while (bracket.width() > step) {
    look(bracket.next(step));
    if (idle_holds || bracket.low().load > 0 || bracket.high().excess.value_or(1) < far_off) continue;
    if (Miss miss = miss_at(replica, slo, idle); !miss.name.empty()) return {0, std::move(miss), {}, {}};
    idle_holds = true;
  }
  if (!idle_holds && bracket.low().load == 0)
    if (Miss miss = miss_at(replica, slo, idle); !miss.name.empty()) return {0, std::move(miss), {}, {}};
  if (result.bound.name.empty()) {
    result.bound = miss_at(replica, slo, high);
    if (result.bound.name.empty() && bounded) return highest_load(replica, slo, close, {look_at(high, result.bound), {}, more * high});  // more than was thought
  }
  result.load = bracket.low().load;
  result.low = bracket.low(), result.high = bracket.high();
  return result;
}

}  // namespace tonnage::capacity
