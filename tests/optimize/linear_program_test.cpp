#include "test.hpp"

#include <cmath>

#include "tonnage/optimize/linear_program.hpp"

using namespace tonnage::optimize;

namespace {

Solution solve(const LinearProgram& program, bool relax = false, double gap = 0) {
  SolveOptions options;
  options.relax = relax;
  options.relative_gap = gap;
  return highs_solver()->solve(program, options);
}

}  // namespace

TEST_CASE("a row adds up repeated columns and leaves out zeros", "[optimize]") {
  LinearProgram p;
  const int a = p.add_column("a", 1, 0, 10);
  const int b = p.add_column("b", 2, 0, 10, true);
  const int row = p.add_row("r", 0, 5, {{b, 2}, {a, 1}, {b, 3}, {a, -1}});
  REQUIRE(p.nonzeros() == 1);
  REQUIRE(p.activity(row, {7, 2}) == 10);
  p.offset = 100;
  REQUIRE(p.objective({7, 2}) == 111);
  REQUIRE(p.integers() == 1);
  REQUIRE(p.columns() == 2);
  REQUIRE(p.rows() == 1);
}

TEST_CASE("duals say what a row's bound is worth", "[optimize]") {
  // min -3x - 5y: x <= 4, 2y <= 12, 3x + 2y <= 18: x = 2, y = 6, -36; duals 0, -1.5, -1.
  LinearProgram p;
  const int x = p.add_column("x", -3, 0, infinity);
  const int y = p.add_column("y", -5, 0, infinity);
  p.add_row("plant 1", -infinity, 4, {{x, 1}});
  p.add_row("plant 2", -infinity, 12, {{y, 2}});
  p.add_row("plant 3", -infinity, 18, {{x, 3}, {y, 2}});
  const Solution s = solve(p);
  REQUIRE(s.status == Status::optimal);
  REQUIRE(s.objective == Approx(-36));
  REQUIRE(s.bound == Approx(-36));
  REQUIRE(s.x[0] == Approx(2));
  REQUIRE(s.x[1] == Approx(6));
  REQUIRE(s.row_dual[0] == Approx(0).margin(1e-9));
  REQUIRE(s.row_dual[1] == Approx(-1.5));
  REQUIRE(s.row_dual[2] == Approx(-1));
}

TEST_CASE("whole columns, and their relaxation", "[optimize]") {
  LinearProgram p;  // the three pair sums of at least 11
  std::vector<int> n;
  for (int i = 0; i < 3; ++i) n.push_back(p.add_column("n" + std::to_string(i), 1, 0, infinity, true));
  for (int i = 0; i < 3; ++i) p.add_row("pair", 11, infinity, {{n[static_cast<std::size_t>(i)], 1}, {n[static_cast<std::size_t>((i + 1) % 3)], 1}});
  const Solution whole = solve(p);
  REQUIRE(whole.status == Status::optimal);
  REQUIRE(whole.objective == Approx(17));
  REQUIRE(whole.bound <= whole.objective + 1e-9);
  REQUIRE(whole.bound > 16.5);
  REQUIRE(whole.row_dual.empty());
  REQUIRE(solve(p, true).objective == Approx(16.5));
}

TEST_CASE("programs without an answer say so", "[optimize]") {
  LinearProgram none;
  const int x = none.add_column("x", 1, 0, 1);
  none.add_row("r", 2, infinity, {{x, 1}});
  REQUIRE(solve(none).status == Status::infeasible);
  REQUIRE(solve(none).x.empty());
  LinearProgram endless;
  endless.add_column("x", -1, 0, infinity);
  REQUIRE(solve(endless).status == Status::unbounded);
  LinearProgram empty;
  empty.offset = 7;
  const Solution s = solve(empty);
  REQUIRE(s.status == Status::optimal);
  REQUIRE(s.objective == 7);
}

TEST_CASE("the same program gives the same bits", "[optimize]") {
  LinearProgram p;
  for (int j = 0; j < 40; ++j) p.add_column("x", 1 + 0.37 * (j % 7), 0, 3, j % 3 == 0);
  for (int i = 0; i < 25; ++i) {
    Terms terms;
    for (int j = 0; j < 40; ++j)
      if ((i * 7 + j * 3) % 5 == 0) terms.emplace_back(j, 1 + (i + j) % 4);
    p.add_row("r", 3.3 + i % 4, infinity, terms);
  }
  const Solution first = solve(p);
  REQUIRE(first.status == Status::optimal);
  for (int k = 0; k < 3; ++k) REQUIRE(solve(p).x == first.x);
}
