// The price above which a pool would not be used: the lowest at which it saves nothing.
#include <cmath>
#include <memory>

#include "tonnage/documents/economics.hpp"
#include "tonnage/pipeline/asks.hpp"

namespace tonnage::pipeline {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Solves every program without its integrality.
class RelaxingSolver final : public optimize::Solver {
 public:
  explicit RelaxingSolver(optimize::Solver& inner) : inner_(inner) {}
  optimize::Solution solve(const optimize::LinearProgram& program, const optimize::SolveOptions& options) override {
    optimize::SolveOptions relaxed = options;
    relaxed.relax = true;
    return inner_.solve(program, relaxed);
  }
  std::unique_ptr<optimize::Session> session(const optimize::LinearProgram& program, const optimize::SolveOptions& options) override { return inner_.session(program, options); }

 private:
  optimize::Solver& inner_;
};

/// Present value of the best plan; nothing when there is none.
std::optional<double> cost(const Run& run, const Scenario& scenario, optimize::Solver& solver) {
  allocate::AllocateOptions options;
  options.cost_only = true;
  const Plan plan = allocate::allocate(scenario, run.demand, run.capacities, options, solver).plan;
  return plan.proof.status == "optimal" ? std::optional(plan.proof.objective_usd) : std::nullopt;
}

constexpr double most = 64;  // times the price as it is

}  // namespace

/// Cost is concave in a price and constant where the pool is not used; halves the interval in which it becomes so, down to a
/// thousandth. To forbid the pool instead would also lift the duty to protect what only it could protect.
ReservationPrice reservation_price(const Run& run, int pool, optimize::Solver& inner) {
  RelaxingSolver solver(inner);
  const auto cost_at = [&](double factor) {
    Scenario dearer = run.loaded.scenario;
    Pool& one = dearer.pools[at(pool)];
    for (double* price : {&one.price_usd_once, &one.price_usd_per_hour, &one.price_usd_per_month}) *price *= factor;
    return cost(run, dearer, solver);
  };
  const auto below = [](const std::optional<double>& a, double b) { return a && *a < b - 1e-7 * std::fabs(b) - 1e-6; };
  const std::optional<double> dearest = cost_at(most), dearer = cost_at(2 * most);
  if (!dearest || !dearer) return {};
  if (below(dearest, *dearer)) return {Reservation::any_price, 0};
  double low = 1, high = 2;
  while (high < most && below(cost_at(high), *dearest)) low = high, high *= 2;
  while (high - low > 1e-3 * low) (below(cost_at((low + high) / 2), *dearest) ? low : high) = (low + high) / 2;
  const Pool& now = run.loaded.scenario.pools[at(pool)];
  return {Reservation::known, (now.price_usd_once + now.price_usd_per_month + now.price_usd_per_hour) * (low > 1 ? (low + high) / 2 : 1)};
}

}  // namespace tonnage::pipeline
