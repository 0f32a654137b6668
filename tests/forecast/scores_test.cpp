// Yardsticks worked by hand, and hierarchies that add up.
#include <cmath>
#include <vector>

#include "test.hpp"
#include "tonnage/forecast/hierarchy.hpp"
#include "tonnage/forecast/scores.hpp"

using namespace tonnage::forecast;

TEST_CASE("scores by hand", "[forecast]") {
  const std::vector<double> actual{10, 20, std::nan(""), 0}, forecast{12, 15, 99, 0}, training{1, 3, 2, 6};
  CHECK(smape(actual, forecast) == Approx((200 * 2 / 22.0 + 200 * 5 / 35.0 + 0) / 3));
  CHECK(mase_scale(training, 1) == Approx((2 + 1 + 4) / 3.0));
  CHECK(mase_scale(training, 2) == Approx((1 + 3) / 2.0));
  CHECK(mase(actual, forecast, training, 2) == Approx((2 + 5 + 0) / 3.0 / 2));
  CHECK(owa(10, 1, 20, 2) == Approx(0.5));
  const std::vector<double> lower{8, 21, 0, 0}, upper{11, 25, 1, 0};
  CHECK(coverage(actual, lower, upper) == Approx(2 / 3.0));
  // Widths 3, 4, 0; 20 lies 1 below its interval: 2 / 0.05 of it.
  CHECK(msis(actual, lower, upper, 0.95, training, 2) == Approx((3 + 4 + 40 + 0) / 3.0 / 2));
  CHECK(pinball(std::vector<double>{10, 10}, std::vector<double>{8, 13}, 0.9) == Approx((0.9 * 2 + 0.1 * 3) / 2));
  CHECK(crps(3, {1, 2, 6}) == Approx((2 + 1 + 3) / 3.0 - (1 + 5 + 4) * 2 / 9.0 / 2));
  CHECK(crps(3, {5}) == Approx(2));
}

TEST_CASE("Naive 2: the seasonal one by hand, and without a season the last value", "[forecast]") {
  std::vector<double> y;
  for (int i = 0; i < 40; ++i) y.push_back(i % 4 == 0 ? 8 : 16);
  const std::vector<double> f = naive2(y, 4, 5);
  // The indices are 8 and 16 over their mean of 14: the last value adjusted is 14, and the season comes back.
  CHECK(f[0] == Approx(8));
  CHECK(f[1] == Approx(16));
  CHECK(f[4] == Approx(8));
  CHECK(naive2(std::vector<double>{5, 1, 9, 2, 7, 3}, 1, 2) == std::vector<double>{3, 3});
}

TEST_CASE("hierarchies by names: groups within groups, none twice", "[forecast]") {
  const Nested n = nested({"a/x/1", "a/x/2", "b/y/1", "b/y/2", "a/z", "c", "/d"}, "/");
  CHECK(n.groups == std::vector<std::string>{"a", "a/x", "b"});  // b/y is b
  REQUIRE(n.hierarchy.series == 11);
  const std::vector<std::vector<double>> rows{{1, 1, 1, 1, 1, 1, 1}, {1, 1, 0, 0, 1, 0, 0}, {1, 1, 0, 0, 0, 0, 0}, {0, 0, 1, 1, 0, 0, 0}};
  for (int i = 0; i < 11; ++i)
    for (int j = 0; j < 7; ++j) CHECK(n.hierarchy.at(i, j) == (i < 4 ? rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] : i - 4 == j ? 1 : 0));
  CHECK(nested({"a--b", "a--c", "d"}, "--").groups == std::vector<std::string>{"a"});
  CHECK(nested({"a/b", "a/c"}, "/").groups.empty());  // the total
}

TEST_CASE("reconciliation: by hand, and every path adds up", "[forecast]") {
  const Hierarchy h = total_of(2);
  REQUIRE(h.series == 3);
  std::vector<double> identity(9, 0.0);
  identity[0] = identity[4] = identity[8] = 1;
  const std::vector<double> g = mint_weights(h, identity);
  // Least squares: the gap of 2 is shared by the total and its two parts, a third each.
  const std::vector<double> out = reconcile(h, g, {10, 4, 4}, true);
  CHECK(out[1] == Approx(4 + 2 / 3.0).epsilon(1e-6));
  CHECK(out[0] == out[1] + out[2]);
  std::vector<std::vector<double>> errors(6, std::vector<double>(40));
  for (int s = 0; s < 6; ++s)
    for (int t = 0; t < 40; ++t) errors[s][t] = std::sin(1.7 * t * (s + 1)) + (s < 3 ? 0.5 * std::cos(0.3 * t) : 0);
  const Hierarchy groups = grouped({0, 0, 1});
  REQUIRE(groups.series == 6);
  const std::vector<double> w = mint_weights(groups, shrunk_covariance(errors));
  std::vector<std::vector<double>> paths{{10, 1}, {6, 3}, {5, -1}, {2, 1}, {3, 1}, {4, -4}};
  reconcile_paths(groups, w, paths, true);
  for (int i = 0; i < 2; ++i) {
    CHECK(paths[0][i] == Approx(paths[1][i] + paths[2][i]));
    CHECK(paths[1][i] == Approx(paths[3][i] + paths[4][i]));
    for (const auto& series : paths) CHECK(series[i] >= 0);
  }
  // What adds up already is left alone.
  const std::vector<double> whole = reconcile(groups, w, {6, 3, 3, 1, 2, 3}, true);
  CHECK(whole[3] == Approx(1).epsilon(1e-6));
}
