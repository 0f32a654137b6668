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

Miss first_miss(Operating& state, const Slo& slo) {
  struct Part {
    const char* metric;
    WeightedPoints* points;
    const std::vector<SloLimit>* limits;
  };
  for (const Part& part : {Part{"ttft", &state.ttft, &slo.ttft}, Part{"tpot", &state.tpot, &slo.tpot}, Part{"e2e", &state.e2e, &slo.e2e}})
    for (const SloLimit& limit : *part.limits)
      if (!meets(*part.points, limit))
        return {name_of(part.metric, limit.percentile), part.metric, figure(*part.points, limit.percentile), limit.limit_s};
  return {};
}

Miss miss_at(const Replica& replica, const Slo& slo, double load) {
  const bool memory = replica.tokens && replica.kv_limit < replica.limit + 1;
  const Miss throughput{"throughput", memory ? "kv memory" : "compute", 0, 0};
  if (is_overloaded(replica, load)) return throughput;
  Operating state = operate(replica, load, {!slo.ttft.empty(), !slo.tpot.empty(), !slo.e2e.empty(), slo.tpot});
  return state.saturated ? throughput : first_miss(state, slo);
}

}  // namespace

bool holds(const Replica& replica, const Slo& slo, double load) { return miss_at(replica, slo, load).name.empty(); }

Highest highest_load(const Replica& replica, const Slo& slo, double close, const Known& known) {
  double high = operate(replica, 0, {false, false, false}).highest_per_s, low = known.least;
  Highest result;
  if (low == 0) result.bound = miss_at(replica, slo, 1e-9 * high);
  if (!result.bound.name.empty()) return result;
  if (known.most > 0) high = std::max(std::min(high, known.most), low);
  const double step = close * high;
  result.bound = miss_at(replica, slo, high);
  if (result.bound.name.empty() && known.most > 0) return highest_load(replica, slo, close, {high, 0});  // more than was thought
  while (high - low > step) {
    const double middle = 0.5 * (low + high);
    Miss miss = miss_at(replica, slo, middle);
    if (miss.name.empty()) {
      low = middle;
    } else {
      high = middle;
      result.bound = std::move(miss);
    }
  }
  result.load = low;
  return result;
}

}  // namespace tonnage::capacity
