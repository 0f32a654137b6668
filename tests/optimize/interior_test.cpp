#include "test.hpp"

#include <cmath>

#include "optimize/interior.hpp"
#include "optimize/quasidefinite.hpp"
#include "optimize/reduced.hpp"
#include "seeded.hpp"

using namespace tonnage;
using namespace tonnage::optimize;

namespace {

/// A transport of loads to places with costs, limits on places, and places that can be bought: feasible and bounded. Some
/// columns are fixed and some rows have one column, as in the programs of plans.
LinearProgram transport(std::uint64_t seed, int loads, int places) {
  testing::Seeded random(seed, "interior");
  LinearProgram p;
  std::vector<Terms> capacity(static_cast<std::size_t>(places));
  for (int i = 0; i < loads; ++i) {
    Terms demand;
    for (int k = 0; k < places; ++k) {
      if (k != i % places && random.uniform() < 0.4) continue;
      const int column = p.add_column("", 1 + 9 * random.uniform(), 0, random.uniform() < 0.1 ? 0 : infinity);
      demand.emplace_back(column, 1);
      capacity[static_cast<std::size_t>(k)].emplace_back(column, 0.2 + random.uniform());
    }
    demand.emplace_back(p.add_column("", 100, 0, infinity), 1);
    const double load = std::floor(20 * random.uniform());
    p.add_row("", load, load, demand);
  }
  for (Terms& terms : capacity) {
    const int bought = p.add_column("", 3 + random.uniform(), 0, 50);
    p.add_row("", -infinity, 5 + 10 * random.uniform(), {{bought, 2}});
    terms.emplace_back(bought, -1);
    p.add_row("", -infinity, 3, terms);
  }
  p.offset = 7;
  return p;
}

/// To the method's own precision.
Solution solve_fully(const LinearProgram& p) {
  SolveOptions options;
  options.relative_gap = 0;
  return solve_interior(p, options);
}

double worst_violation(const LinearProgram& p, const std::vector<double>& x) {
  double worst = 0;
  for (int i = 0; i < p.rows(); ++i) worst = std::max({worst, p.row_lower[static_cast<std::size_t>(i)] - p.activity(i, x), p.activity(i, x) - p.row_upper[static_cast<std::size_t>(i)]});
  for (std::size_t j = 0; j < x.size(); ++j) worst = std::max({worst, p.lower[j] - x[j], x[j] - p.upper[j]});
  return worst;
}

}  // namespace

TEST_CASE("the interior-point method finds what the simplex method finds, and proves it", "[optimize]") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    const LinearProgram p = transport(seed, 3 + static_cast<int>(seed) % 17, 2 + static_cast<int>(seed) % 5);
    const Solution vertex = highs_solver()->solve(p, {});
    const Solution inside = solve_fully(p);
    REQUIRE(vertex.status == Status::optimal);
    REQUIRE(inside.status == Status::optimal);
    CHECK(inside.objective == Approx(vertex.objective).epsilon(1e-6));
    CHECK(inside.bound <= vertex.objective * (1 + 1e-12));
    CHECK(inside.bound >= vertex.objective * (1 - 1e-6));
    CHECK(worst_violation(p, inside.x) < 1e-6);
  }
}

TEST_CASE("any duals give a bound, good ones a tight one", "[optimize]") {
  const LinearProgram p = transport(5, 12, 4);
  const Solution best = highs_solver()->solve(p, {});
  CHECK(dual_bound(p, best.row_dual, 2 * best.objective) == Approx(best.objective).epsilon(1e-9));
  testing::Seeded random(9, "interior");
  for (int round = 0; round < 200; ++round) {
    std::vector<double> duals = best.row_dual;
    for (double& y : duals) y += 8 * (random.uniform() - 0.5) * (round % 2 == 0 ? 1 : 0.01);
    CHECK(dual_bound(p, duals, 2 * best.objective) <= best.objective * (1 + 1e-12));
  }
}

TEST_CASE("what has no answer is said by the exact solver", "[optimize]") {
  LinearProgram p;
  const int x = p.add_column("x", 1, 0, infinity);
  const int y = p.add_column("y", 1, 0, infinity);
  p.add_row("", 3, infinity, {{x, 1}, {y, 1}});
  p.add_row("", -infinity, 1, {{x, 1}, {y, 1}});
  const auto solver = interior_solver(highs_solver(), 0);
  SolveOptions anywhere;
  anywhere.vertex = false;
  anywhere.relative_gap = 0;
  CHECK(solver->solve(p, anywhere).status == Status::infeasible);
  p.row_upper[1] = 9;
  CHECK(solver->solve(p, anywhere).objective == Approx(3).epsilon(1e-6));
  p.cost[0] = -1;
  p.row_upper[1] = infinity;
  CHECK(solver->solve(p, anywhere).status == Status::unbounded);
  p.integer[0] = 1;
  p.cost[0] = 1;
  p.row_lower[0] = 2.5;
  p.cost[1] = 5;
  CHECK(solver->solve(p, anywhere).objective == 3.0);  // 3 whole x
}

TEST_CASE("reducing a program keeps its point and its duals", "[optimize]") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const LinearProgram p = transport(seed, 8, 3);
    const Reduced reduced(p);
    REQUIRE(reduced.program().rows() < p.rows());
    const Solution small = highs_solver()->solve(reduced.program(), {});
    Solution whole;
    reduced.restore(small.x, small.row_dual, whole);
    const Solution direct = highs_solver()->solve(p, {});
    CHECK(whole.objective == Approx(direct.objective).epsilon(1e-9));
    CHECK(small.objective == Approx(direct.objective).epsilon(1e-9));
    CHECK(worst_violation(p, whole.x) < 1e-7);
    CHECK(dual_bound(p, whole.row_dual, 2 * direct.objective) == Approx(direct.objective).epsilon(1e-9));
  }
  LinearProgram none;
  const int x = none.add_column("x", 1, 0, 1);
  none.add_row("", 2, infinity, {{x, 1}});
  CHECK(Reduced(none).infeasible());
}

TEST_CASE("a quasi-definite matrix is factored the same on any number of threads, linking pivots last", "[optimize]") {
  // Blocks of five rows, a negative pivot each, held together by three linking columns.
  testing::Seeded random(3, "interior");
  const int blocks = 40, order = blocks * 6 + 3;
  std::vector<MatrixEntry> pattern;
  std::vector<char> positive(order, 1), linking(order, 0);
  for (int b = 0; b < blocks; ++b) {
    for (int i = 0; i < 6; ++i)
      for (int j = 0; j < i; ++j) pattern.push_back({b * 6 + i, b * 6 + j});
    positive[static_cast<std::size_t>(b * 6 + 5)] = 0;
    for (int l = 0; l < 3; ++l) pattern.push_back({blocks * 6 + l, b * 6 + (b + l) % 5});
  }
  for (int l = 0; l < 3; ++l) {
    positive[static_cast<std::size_t>(blocks * 6 + l)] = 0;
    linking[static_cast<std::size_t>(blocks * 6 + l)] = 1;
  }
  std::vector<double> values, diagonal, x, b;
  for (std::size_t e = 0; e < pattern.size(); ++e) values.push_back(random.uniform() - 0.5);
  for (int i = 0; i < order; ++i) {
    diagonal.push_back((positive[static_cast<std::size_t>(i)] ? 1 : -1) * (4 + random.uniform()));
    x.push_back(random.uniform());
  }
  for (int i = 0; i < order; ++i) b.push_back(diagonal[static_cast<std::size_t>(i)] * x[static_cast<std::size_t>(i)]);
  for (std::size_t e = 0; e < pattern.size(); ++e) {
    b[static_cast<std::size_t>(pattern[e].row)] += values[e] * x[static_cast<std::size_t>(pattern[e].column)];
    b[static_cast<std::size_t>(pattern[e].column)] += values[e] * x[static_cast<std::size_t>(pattern[e].row)];
  }
  const auto elimination = std::make_shared<const Elimination>(SymmetricPattern{order, pattern, linking});
  QuasidefiniteFactor one(elimination, positive), two(elimination, positive);
  CHECK(one.factor(diagonal, values, 1e-13, 1) == 0);
  CHECK(two.factor(diagonal, values, 1e-13, 2) == 0);
  std::vector<double> found = b, again = b;
  one.solve(found, 1);
  two.solve(again, 2);
  CHECK(found == again);
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(found[i] == Approx(x[i]).epsilon(1e-9));
  CHECK(elimination->nonzeros() < order * 12);
  diagonal[0] = -4;
  CHECK(one.factor(diagonal, values, 1e-13, 1) >= 1);
}

TEST_CASE("of equally good points of each part, one is taken that is best in a second way", "[optimize]") {
  LinearProgram p;
  for (int part = 0; part < 3; ++part) {
    const int a = p.add_column("", 2, 0, 5), b = p.add_column("", 2, 0, 5), c = p.add_column("", 3, 0, 5);
    p.add_row("", 4 + part, infinity, {{a, 1}, {b, 1}, {c, 1}});
  }
  const auto highs = highs_solver();
  const Solution found = solve_in_parts(p, {}, *highs, {{0, 1}, {4, 1}, {6, 1}, {7, 2}});  // c would be least, at a higher cost
  CHECK(found.objective == Approx(30));
  CHECK(found.x[0] == Approx(0).margin(1e-8));
  CHECK(found.x[1] == Approx(4));
  CHECK(found.x[3] == Approx(5));
  CHECK(found.x[4] == Approx(0).margin(1e-8));
  CHECK(found.x[6] == Approx(5));
  CHECK(found.x[7] == Approx(1));
}

TEST_CASE("a program of several parts is solved part by part", "[optimize]") {
  LinearProgram whole;
  double sum = 0;
  const int link = whole.add_column("", 2, 1, 1);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const LinearProgram p = transport(seed, 6, 3);
    const int first = whole.columns();
    for (int j = 0; j < p.columns(); ++j) whole.add_column("", p.cost[static_cast<std::size_t>(j)], p.lower[static_cast<std::size_t>(j)], p.upper[static_cast<std::size_t>(j)]);
    for (int i = 0; i < p.rows(); ++i) {
      Terms terms{{link, 1}};  // fixed: it holds nothing together
      for (int k = p.start[static_cast<std::size_t>(i)]; k < p.start[static_cast<std::size_t>(i) + 1]; ++k) terms.emplace_back(first + p.index[static_cast<std::size_t>(k)], p.value[static_cast<std::size_t>(k)]);
      whole.add_row("", p.row_lower[static_cast<std::size_t>(i)] + 1, p.row_upper[static_cast<std::size_t>(i)] + 1, terms);
    }
    sum += highs_solver()->solve(p, {}).objective - p.offset;
  }
  const auto highs = highs_solver();
  const Solution found = solve_in_parts(whole, {}, *highs);
  CHECK(found.status == Status::optimal);
  CHECK(found.objective == Approx(sum + 2).epsilon(1e-10));
  CHECK(worst_violation(whole, found.x) < 1e-7);
  CHECK(dual_bound(whole, found.row_dual, 2 * found.objective) == Approx(found.objective).epsilon(1e-9));
  whole.upper[1] = whole.upper[2] = 1;
  whole.add_row("", 3, infinity, {{1, 1}, {2, 1}});
  CHECK(solve_in_parts(whole, {}, *highs).status == Status::infeasible);
}

TEST_CASE("solvers end when the user asks for it, without a point that keeps no row", "[optimize]") {
  const LinearProgram p = transport(3, 40, 8);
  const auto ends = [&](const SolveOptions& options) {
    const Solution inside = solve_interior(p, options);
    CHECK(inside.status == Status::limit);
    CHECK(inside.x.empty());
    CHECK(highs_solver()->solve(p, options).status == Status::limit);
    CHECK(interior_solver(highs_solver(), 0)->solve(p, options).status == Status::limit);
  };
  SolveOptions options;
  options.vertex = false, options.relax = true;
  CHECK(interior_solver(highs_solver(), 0)->solve(p, options).status == Status::optimal);
  const StopScope stoppable;
  REQUIRE(stop_by_signal());
  ends(options);
}

TEST_CASE("progress is told and changes nothing", "[optimize]") {
  const LinearProgram p = transport(5, 40, 8);
  for (const bool vertex : {true, false}) {
    SolveOptions quiet;
    quiet.relax = true, quiet.vertex = vertex;
    SolveOptions telling = quiet;
    int told = 0;
    telling.progress = [&](double) { ++told; };
    const auto solver = interior_solver(highs_solver(), 0);
    CHECK(solver->solve(p, quiet).x == solver->solve(p, telling).x);
    CHECK(told > 0);
  }
}

TEST_CASE("a similar program is solved from where the first one passed, sooner and to the same cost", "[optimize]") {
  long long anew = 0, from_there = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    LinearProgram p = transport(seed, 60, 6);
    SolveOptions options;
    options.relative_gap = 0;
    options.keep_iterates = true;
    const Solution first = solve_interior(p, options);
    options.keep_iterates = false;
    REQUIRE(!first.iterates.empty());
    testing::Seeded random(seed, "similar");
    const double much = seed % 2 == 0 ? 0.001 : 0.1;
    for (double& cost : p.cost) cost *= 1 + much * (random.uniform() - 0.5);
    for (int i = 0; i < p.rows(); ++i)
      if (const auto k = static_cast<std::size_t>(i); p.row_lower[k] == p.row_upper[k]) p.row_lower[k] = p.row_upper[k] *= 1 + much;
    const Solution cold = solve_interior(p, options);
    options.begin = &first.iterates;
    const Solution warm = solve_interior(p, options);
    REQUIRE(warm.status == Status::optimal);
    CHECK(warm.objective == Approx(highs_solver()->solve(p, {}).objective).epsilon(1e-6));
    CHECK(warm.bound >= warm.objective * (1 - 1e-6));
    options.relative_gap = 1e-4;  // a cost that is off by what is infeasible proves nothing
    const Solution loose = solve_interior(p, options);
    CHECK(loose.bound >= warm.objective * (1 - 1.3e-4));
    CHECK(loose.objective == Approx(warm.objective).epsilon(1.3e-4));
    anew += cold.iterations;
    from_there += warm.iterations;
  }
  CHECK(from_there < 0.8 * static_cast<double>(anew));
}

TEST_CASE("an iterate that leads nowhere does not keep a program from being solved", "[optimize]") {
  const LinearProgram p = transport(3, 30, 4);
  const std::vector<Iterate> bad{{std::vector<double>(p.cost.size(), 1e9), std::vector<double>(p.row_lower.size(), -1e9), std::vector<double>(p.cost.size(), -1e9)}};
  SolveOptions options;
  options.begin = &bad;
  CHECK(interior_solver(highs_solver(), 0)->solve(p, options).objective == Approx(highs_solver()->solve(p, {}).objective).epsilon(1e-4));
}

TEST_CASE("a relaxation of which less is asked is proved to that and no further", "[optimize]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const LinearProgram p = transport(seed, 40, 5);
    const Solution fine = solve_fully(p);
    SolveOptions options;
    options.relative_gap = 1e-2;
    const Solution coarse = solve_interior(p, options);
    REQUIRE(coarse.status == Status::optimal);
    CHECK(coarse.iterations < fine.iterations);
    CHECK(coarse.objective - coarse.bound <= 1e-2 * std::fabs(coarse.objective));
    CHECK(coarse.bound <= fine.objective * (1 + 1e-9));
  }
}

TEST_CASE("a relaxation that is stopped says how far it came, with a bound", "[optimize]") {
  const LinearProgram p = transport(4, 40, 5);
  const double best = highs_solver()->solve(p, {}).objective;
  for (const int last : {0, 2, 4}) {
    const StopScope scope;
    int iterations = 0;
    SolveOptions options;
    options.relative_gap = 0;
    options.progress = [&](double) {
      if (iterations++ == last) (void)stop_by_signal();
    };
    const Solution stopped = solve_interior(p, options);
    REQUIRE(stopped.status == Status::limit);
    CHECK(stopped.x.empty());
    REQUIRE(stopped.iterates.size() == 1);
    CHECK(stopped.iterates.front().x.size() == p.cost.size());
    CHECK(stopped.bound >= 0);  // nothing costs less than nothing
    CHECK(stopped.bound <= best * (1 + 1e-9));
  }
}
