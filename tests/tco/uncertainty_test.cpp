#include "test.hpp"

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "tonnage/tco/uncertainty.hpp"

using namespace tonnage;
using namespace tonnage::tco;

namespace {

using Form = Spread::Form;

/// Uniform on [low, high] as far as 2^16 values tell.
Distribution uniform(double low, double high) {
  Distribution out{(low + high) / 2, {}, {}};
  for (int i = 0; i < 65536; ++i) out.samples.push_back(low + (high - low) * (i + 0.5) / 65536);
  return out;
}

Distribution normal(double mean, double sd) { return {mean, {Form::normal, 0, 0, sd}, {}}; }

UncertainInput price(const std::string& pool, double low, double mid, double high) { return {"pools." + pool + ".price", {mid, {Form::triangular, low, high, 0}, {}}}; }

void within(const Estimate& found, double expected) {
  INFO(found.value << " +- " << found.half_width << ", expected " << expected);
  CHECK(std::fabs(found.value - expected) <= 1.5 * found.half_width + 1e-4);
  CHECK(found.half_width < 0.02);
}

LineItem line(std::vector<Factor> factors, double discount = 1) {
  LineItem out;
  out.factors = std::move(factors);
  out.discount = discount;
  return out;
}

}  // namespace

TEST_CASE("Sobol' indices of the Ishigami function", "[tco]") {
  const Function ishigami = [](const std::vector<const double*>& x, int count, double* y) {
    for (int i = 0; i < count; ++i) y[i] = std::sin(x[0][i]) + 7 * std::pow(std::sin(x[1][i]), 2) + 0.1 * std::pow(x[2][i], 4) * std::sin(x[0][i]);
  };
  const double pi = std::numbers::pi;
  const Sampled found = sample(ishigami, {uniform(-pi, pi), uniform(-pi, pi), uniform(-pi, pi)}, {}, {});
  const double variance = 49.0 / 8 + 0.1 * std::pow(pi, 4) / 5 + 0.01 * std::pow(pi, 8) / 18 + 0.5;
  const double first = 0.5 * std::pow(1 + 0.1 * std::pow(pi, 4) / 5, 2) / variance;
  const double third = 8 * 0.01 * std::pow(pi, 8) / 225 / variance;
  within(found.first_order[0], first);
  within(found.first_order[1], 49.0 / 8 / variance);
  within(found.first_order[2], 0);
  within(found.total[0], first + third);
  within(found.total[1], 49.0 / 8 / variance);
  within(found.total[2], third);
}

TEST_CASE("Sobol' indices of the g function", "[tco]") {
  const std::vector<double> a = {0, 1, 4.5, 9};
  const Function g = [&](const std::vector<const double*>& x, int count, double* y) {
    for (int i = 0; i < count; ++i) {
      y[i] = 1;
      for (std::size_t k = 0; k < a.size(); ++k) y[i] *= (std::fabs(4 * x[k][i] - 2) + a[k]) / (1 + a[k]);
    }
  };
  const Sampled found = sample(g, std::vector<Distribution>(4, uniform(0, 1)), {}, {});
  double all = 1;
  for (const double one : a) all *= 1 + 1 / (3 * (1 + one) * (1 + one));
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double own = 1 / (3 * (1 + a[k]) * (1 + a[k]));
    within(found.first_order[k], own / (all - 1));
    within(found.total[k], own * all / (1 + own) / (all - 1));
  }
}

namespace {

/// Exponent of N in the error of P90 of a sum of independent normals.
double error_exponent(const std::vector<double>& sds) {
  std::vector<UncertainInput> inputs;
  CostExpression sum;
  double variance = 0;
  for (const double sd : sds) {
    sum.terms.push_back({1, {static_cast<int>(inputs.size())}});
    inputs.push_back({"", normal(0, sd)});
    variance += sd * sd;
  }
  const auto error = [&](int samples) {
    double squares = 0;
    for (std::uint64_t seed = 1; seed <= 24; ++seed) {
      SamplingOptions options{samples, seed, 1, false, std::nullopt};
      squares += std::pow(sample(sum, inputs, {}, options).p90.value - std::sqrt(variance) * 1.2815515655446004, 2);
    }
    return std::sqrt(squares / 24);
  };
  const double exponent = std::log(error(1 << 15) / error(1 << 8)) / std::log(128.0);
  UNSCOPED_INFO(sds.size() << " inputs: N^" << exponent << ", error at 2^15: " << error(1 << 15));
  return exponent;
}

}  // namespace

TEST_CASE("the error of P90 falls like N^-0.9 or better", "[tco]") {
  CHECK(error_exponent({1, 0.5}) <= -0.9);
  CHECK(error_exponent({1, 1}) <= -0.9);
  CHECK(error_exponent({1, 0.7, 0.5, 0.4}) <= -0.9);
  CHECK(error_exponent({1, 0.9, 0.8, 0.7, 0.6, 0.5}) <= -0.75);  // measured -0.81: points resolve more dimensions later
}

TEST_CASE("quantiles with an input integrated out are those of the sample", "[tco]") {
  // Products, a falling input, triangular and lognormal ones, one that can only be sampled, correlated ones beside them.
  const CostExpression cost{100, {{2, {0}}, {-1.5, {1}}, {0.05, {0, 2}}, {0.4, {3}}, {0.1, {2, 4}}}};
  const std::vector<UncertainInput> inputs = {price("a", 40, 50, 70), {"", normal(20, 4)}, {"", {10, {Form::lognormal, 0, 0, 0.3}, {}}}, {"", uniform(5, 9)}, {"", normal(30, 3)}};
  const Function same = [&](const std::vector<const double*>& x, int count, double* y) {
    for (int i = 0; i < count; ++i) y[i] = cost.value({x[0][i], x[1][i], x[2][i], x[3][i], x[4][i]});
  };
  std::vector<Distribution> distributions;
  for (const UncertainInput& input : inputs) distributions.push_back(input.distribution);
  for (const auto& correlations : {std::vector<RankCorrelation>{}, {{0, 1, 0.5}}}) {
    SamplingOptions options;
    options.samples = 1 << 18;
    options.budget = 200;
    const Sampled smooth = sample(cost, inputs, correlations, options), stepped = sample(same, distributions, correlations, options);
    for (const auto member : {&Sampled::p10, &Sampled::p50, &Sampled::p90}) CHECK(std::fabs((smooth.*member).value - (stepped.*member).value) <= 1.5 * ((smooth.*member).half_width + (stepped.*member).half_width));
    CHECK(smooth.exceeds_budget.value == Approx(stepped.exceeds_budget.value).margin(1e-3));
    CHECK(smooth.p90.half_width < stepped.p90.half_width);
  }
}

TEST_CASE("lines collapse by the inputs they share, in units of their own", "[tco]") {
  Ledger ledger;
  ledger.lines = {line({{"", 3, "nodes", ""}, {"", 50, "USD/h", "pools.a.price"}, {"", 10, "h", ""}}), line({{"", 2, "nodes", ""}, {"", 50, "USD/h", "pools.a.price"}, {"", 10, "h", ""}}, 0.5),
                  line({{"", 100, "kWh", ""}, {"", 1.2, "", "regions.r.pue"}, {"", 0.08, "USD/kWh", "regions.r.electricity"}}), line({{"", 7, "", ""}})};
  const std::vector<UncertainInput> inputs = {price("a", 40, 50, 70), {"regions.r.pue", normal(1.2, 0.1)}, {"regions.r.electricity", normal(8e-5, 1e-5)}, {"finance.discount_rate", normal(0.1, 0.01)}};
  const CostExpression cost = collapse(ledger, inputs);
  CHECK(cost.constant == 7);
  REQUIRE(cost.terms.size() == 2);
  CHECK(cost.value({50, 1.2, 8e-5, 0.1}) == Approx(1500 + 500 + 9.6 + 7));
  CHECK(cost.value({60, 1.2, 16e-5, 0.5}) == Approx(1800 + 600 + 19.2 + 7));
}

TEST_CASE("certain inputs have no spread; alike inputs have equal indices; threads change nothing", "[tco]") {
  CostExpression cost{5, {{2, {0}}, {2, {1}}, {0.01, {0, 1}}}};
  const Sampled certain = sample(cost, {price("a", 50, 50, 50), price("b", 50, 50, 50)}, {}, {});
  CHECK(certain.p10.value == certain.p90.value);
  CHECK(certain.p90.value == Approx(5 + 200 + 25));
  CHECK(certain.first_order.empty());
  SamplingOptions options;
  const std::vector<UncertainInput> alike = {price("a", 40, 50, 60), price("b", 40, 50, 60)};
  const Sampled one = sample(cost, alike, {}, options);
  options.threads = 2;
  const Sampled two = sample(cost, alike, {}, options);
  CHECK(one.p90.value == two.p90.value);
  CHECK(one.total[0].half_width == two.total[0].half_width);
  within({one.total[0].value - one.total[1].value, one.total[0].half_width + one.total[1].half_width}, 0);
  options.budget = 205;
  within(sample(CostExpression{5, {{2, {0}}, {2, {1}}}}, alike, {}, options).exceeds_budget, 0.5);
  const auto bars = tornado(cost, alike, 235.0);
  CHECK(bars[0].at_p90 - bars[0].at_p10 == bars[1].at_p90 - bars[1].at_p10);
  REQUIRE(bars[0].break_even);
  CHECK(*bars[0].break_even == Approx(52));
  CHECK_FALSE(tornado(cost, alike, 500.0)[0].break_even);
}

TEST_CASE("correlated inputs spread cost as their correlation says; a contradiction is refused", "[tco]") {
  const CostExpression cost{0, {{1, {0}}, {1, {1}}}};
  const std::vector<UncertainInput> inputs = {{"pools.a.price", normal(100, 3)}, {"pools.b.price", normal(100, 4)}};
  const Sampled found = sample(cost, inputs, {{0, 1, 0.6}}, {});
  const double rho = 2 * std::sin(std::numbers::pi * 0.1);
  CHECK(found.sd.value == Approx(std::sqrt(25 + 24 * rho)).epsilon(1e-3));
  CHECK(found.p90.value == Approx(200 + 1.2815515655446 * std::sqrt(25 + 24 * rho)).epsilon(1e-4));
  CHECK(found.total.empty());
  const std::vector<UncertainInput> three = {price("a", 1, 2, 3), price("b", 1, 2, 3), price("c", 1, 2, 3)};
  CHECK_THROWS_AS(sample(cost, three, {{0, 1, 0.9}, {1, 2, 0.9}, {0, 2, -0.9}}, {}), std::invalid_argument);
}
