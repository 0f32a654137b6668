#include "test.hpp"

#include <cmath>

#include "optimize/recourse.hpp"
#include "seeded.hpp"

using namespace tonnage;
using namespace tonnage::optimize;

namespace {

/// Nodes of some kinds, whole, bought in each of some periods and kept, from one supply; in each period two states of load that
/// they carry, or that is carried at a price per unit (`last_resort`; infinite: not at all).
LinearProgram fleet(std::uint64_t seed, int periods, int kinds, double last_resort) {
  testing::Seeded random(seed, "whole");
  LinearProgram p;
  p.offset = 50;
  const auto sized = [&](int n) { return std::vector<int>(static_cast<std::size_t>(n), -1); };
  std::vector<int> before = sized(kinds);
  for (int t = 0; t < periods; ++t) {
    std::vector<int> held = sized(kinds);
    Terms bought;
    for (int a = 0; a < kinds; ++a) {
      const auto k = static_cast<std::size_t>(a);
      const int order = p.add_column("order", 0, 0, infinity, true);
      held[k] = p.add_column("held", 5 + 3 * random.uniform(), 0, infinity);
      Terms inventory{{held[k], 1}, {order, -1}};
      if (before[k] >= 0) inventory.emplace_back(before[k], -1);
      p.add_row("inventory", 1, 1, inventory);
      bought.emplace_back(order, 1);
    }
    p.add_row("supply", -infinity, 4, bought);
    for (int b = 0; b < 2; ++b) {
      std::vector<Terms> capacity(static_cast<std::size_t>(kinds));
      for (int w = 0; w < 3; ++w) {
        Terms demand;
        for (Terms& terms : capacity) {
          const int placed = p.add_column("placed", 0.2 * random.uniform(), 0, infinity);
          demand.emplace_back(placed, 1);
          terms.emplace_back(placed, 0.1 + 0.2 * random.uniform());
        }
        const double load = 4 + 3 * random.uniform() + 2 * t;
        demand.emplace_back(p.add_column("short", std::isfinite(last_resort) ? last_resort : 0, 0, std::isfinite(last_resort) ? infinity : 0), 1);
        p.add_row("demand", load, load, demand);
      }
      for (std::size_t a = 0; a < capacity.size(); ++a) {
        capacity[a].emplace_back(held[a], -1);
        p.add_row("capacity", -infinity, 0, capacity[a]);
      }
    }
    before = held;
  }
  return p;
}

Solution relaxed_of(const LinearProgram& p, Solver& solver) {
  SolveOptions options;
  options.relax = true;
  return solver.solve(p, options);
}

void require_feasible(const LinearProgram& p, const std::vector<double>& x) {
  for (int i = 0; i < p.rows(); ++i) {
    const auto k = static_cast<std::size_t>(i);
    REQUIRE(p.activity(i, x) >= p.row_lower[k] - 1e-6);
    REQUIRE(p.activity(i, x) <= p.row_upper[k] + 1e-6);
  }
  for (std::size_t j = 0; j < x.size(); ++j) {
    REQUIRE(x[j] >= p.lower[j] - 1e-6);
    REQUIRE(x[j] <= p.upper[j] + 1e-6);
    if (p.integer[j] != 0) REQUIRE(x[j] == std::round(x[j]));
  }
}

}  // namespace

TEST_CASE("whole decisions near the relaxation are feasible, within their gap, and the same on any number of threads", "[optimize]") {
  const auto solver = highs_solver();
  for (std::uint64_t seed = 1; seed <= 12; ++seed)
    for (const double last_resort : {3.0, infinity}) {
      const LinearProgram p = fleet(seed, 5, 3, last_resort);
      const Solution relaxed = relaxed_of(p, *solver);
      SolveOptions options;
      options.relative_gap = 1e-3;
      const Solution exact = solver->solve(p, options);
      if (relaxed.x.empty() || exact.x.empty()) continue;
      const Solution found = solve_whole(p, relaxed, options, *solver);
      CAPTURE(seed, last_resort, exact.objective, found.objective);
      REQUIRE(found.settled);
      require_feasible(p, found.x);
      REQUIRE(found.objective == Approx(p.objective(found.x)));
      REQUIRE(found.objective >= exact.bound - 1e-6);
      REQUIRE(found.objective <= exact.objective * 1.02);
      REQUIRE(found.bound == relaxed.bound);
      REQUIRE((found.status == Status::optimal) == (found.objective - found.bound <= options.relative_gap * found.objective));
      options.threads = 2;
      REQUIRE(solve_whole(p, relaxed, options, *solver).x == found.x);
    }
}

TEST_CASE("whole decisions of a similar program begin where the parts of the first ended; near a rough point they are feasible too", "[optimize]") {
  const auto solver = highs_solver();
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    LinearProgram p = fleet(seed, 5, 3, 3.0);
    SolveOptions options;
    options.relative_gap = 1e-3;
    const Solution first = solve_whole(p, relaxed_of(p, *solver), options, *solver);
    REQUIRE(!first.parts.empty());
    for (double& cost : p.cost) cost *= 1.05;
    Solution relaxed = relaxed_of(p, *solver);
    const Solution anew = solve_whole(p, relaxed, options, *solver);
    options.parts = &first.parts;
    const Solution found = solve_whole(p, relaxed, options, *solver);
    REQUIRE(found.settled);
    require_feasible(p, found.x);
    CHECK(found.objective == Approx(anew.objective).epsilon(0.02));
    const std::vector<Basis> others(2);
    options.parts = &others;
    CHECK(solve_whole(p, relaxed, options, *solver).x == anew.x);
    options.parts = nullptr;
    testing::Seeded random(seed, "rough");
    relaxed.status = Status::limit;
    for (double& x : relaxed.x) x *= 0.9 + 0.2 * random.uniform();
    for (double& y : relaxed.row_dual) y *= 0.9 + 0.2 * random.uniform();
    const Solution rough = solve_whole(p, relaxed, options, *solver);
    REQUIRE(rough.settled);
    require_feasible(p, rough.x);
    CHECK(rough.objective <= anew.objective * 1.1);
  }
}

TEST_CASE("what whole decisions leave to decide is the best, and its cuts are below every cost", "[optimize]") {
  const auto solver = highs_solver();
  const LinearProgram p = fleet(7, 4, 3, 3);
  const Solution relaxed = relaxed_of(p, *solver);
  Recourse recourse(p, 1000, {}, *solver);
  REQUIRE(recourse.groups() == 4);  // the two states of a period share its nodes
  const auto total = [&](const RecourseValue& value) { return p.objective(value.x); };
  const auto orders = [&](double nodes) {
    std::vector<double> x(p.cost.size(), 0.0);
    for (std::size_t j = 0; j < x.size(); ++j)
      if (p.integer[j] != 0) x[j] = nodes;
    return x;
  };
  const RecourseValue one = recourse.value_at(orders(1)), none = recourse.value_at(orders(0));
  REQUIRE(one.solved);
  REQUIRE(one.borrowed == Approx(0).margin(1e-9));
  require_feasible(p, one.x);
  LinearProgram fixed = p;
  for (std::size_t j = 0; j < p.cost.size(); ++j)
    if (p.integer[j] != 0) fixed.lower[j] = fixed.upper[j] = 1;
  REQUIRE(total(one) == Approx(relaxed_of(fixed, *solver).objective));
  for (std::size_t g = 0; g < one.cuts.size(); ++g) {
    double below = none.cuts[g].cost;
    for (const auto& [j, slope] : none.cuts[g].slopes) below += slope * (one.x[static_cast<std::size_t>(j)] - none.x[static_cast<std::size_t>(j)]);
    REQUIRE(below <= one.cuts[g].cost + 1e-7);
  }
}

TEST_CASE("what the first stage cannot give is borrowed, and then there is no whole point", "[optimize]") {
  const auto solver = highs_solver();
  LinearProgram p;
  const int order = p.add_column("order", 1, 0, 1, true);  // two would be needed
  Terms used{{p.add_column("one", 0, 0, infinity), 1}, {p.add_column("other", 0, 0, infinity), 1}};
  p.add_row("demand", 1.5, 1.5, used);
  used.emplace_back(order, -1);
  p.add_row("capacity", -infinity, 0.25, used);
  Recourse recourse(p, 100, {}, *solver);
  std::vector<double> x{1, 0, 0};
  const RecourseValue value = recourse.value_at(x);
  REQUIRE(value.solved);
  REQUIRE(value.borrowed == Approx(0.25));
  Solution relaxed;
  relaxed.status = Status::optimal;
  relaxed.x = {1, 0.75, 0.5};
  relaxed.row_dual = {0, 0};
  relaxed.objective = relaxed.bound = 1;
  const Solution found = solve_whole(p, relaxed, {}, *solver);
  REQUIRE(found.status == Status::failed);
  REQUIRE(found.x.empty());
}
