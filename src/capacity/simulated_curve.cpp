#include "tonnage/capacity/simulated_curve.hpp"

#include <algorithm>
#include <cmath>

namespace tonnage::capacity {

namespace {

/// A simulation of batches needs many of them: at least thirty of the size that they come back to, n = load x t(n), up to a million requests.
int enough_requests(const SimulatedReplica& replica, const SimulatedPointQuery& query) {
  if (replica.tokens || replica.batch_s.empty()) return query.requests;
  double batch = 1;
  const double most = static_cast<double>(replica.batch_s.size());
  for (int i = 0; i < 1000 && batch < most; ++i) {
    const double next = std::clamp(query.load_per_s * replica.batch_s[static_cast<std::size_t>(batch) - 1], 1.0, most);
    if (std::abs(next - batch) < 0.5) break;
    batch = next;
  }
  return std::max(query.requests, static_cast<int>(std::min(30 * batch, 1e6)));
}

}  // namespace

SimulationSummary simulate_point(const SimulatedReplica& replica, const SimulatedPointQuery& query) {
  Traffic traffic = traffic_of(query.shape);
  traffic.arrivals.rate_per_s = query.load_per_s;
  if (query.arrival_cv != 1) traffic.arrivals.kind = ArrivalKind::gamma, traffic.arrivals.cv = query.arrival_cv;
  if (replica.tokens) traffic.longest_tokens = static_cast<int>(replica.times.range().context);
  const std::vector<Request> requests = make_requests(traffic, enough_requests(replica, query), query.seed);
  SimulationQuery simulation{requests, ArrivalKind::poisson};
  simulation.warm_up = 0.1;
  simulation.seed = query.seed;
  if (replica.tokens) return simulate(simulation, replica.times, replica.engine).summary;
  BatchSettings settings;
  settings.max_batch = static_cast<int>(replica.batch_s.size());
  settings.front_end_s = replica.engine.front_end_s, settings.output_delay_s = replica.engine.output_delay_s;
  return simulate_batches(simulation, replica.batch_s, settings).summary;
}

double highest_simulated_load(const SimulatedReplica& replica, const Slo& slo, double guess_per_s, SimulatedPointQuery query) {
  const auto holds = [&](double load) {
    query.load_per_s = load;
    return missed_limit(simulate_point(replica, query), slo).empty();
  };
  double low = 0.1 * guess_per_s, high = guess_per_s;
  if (!holds(low)) return 0;
  for (int doubled = 0; doubled < 5 && holds(high); ++doubled) low = high, high *= 2;
  while (high > 1.01 * low) {
    const double middle = 0.5 * (low + high);
    (holds(middle) ? low : high) = middle;
  }
  return low;
}

double simulated_load_up_to(const SimulatedReplica& replica, const Slo& slo, double most_per_s, SimulatedPointQuery query) {
  const auto holds = [&](double load) {
    query.load_per_s = load;
    return missed_limit(simulate_point(replica, query), slo).empty();
  };
  if (holds(most_per_s)) return most_per_s;
  double low = 0.4 * most_per_s, high = most_per_s;
  if (!holds(low)) return 0;
  while (high > 1.02 * low) {
    const double middle = 0.5 * (low + high);
    (holds(middle) ? low : high) = middle;
  }
  return low;
}

}  // namespace tonnage::capacity
