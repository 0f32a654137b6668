// Seconds on one core for 10^6 samples of 12 uncertain inputs, 20 pools x 24 months, with Sobol' indices. Asserts nothing.
#include <chrono>
#include <cstdio>
#include <string>

#include "tonnage/tco/uncertainty.hpp"

using namespace tonnage;
using namespace tonnage::tco;

int main() {
  std::vector<UncertainInput> inputs;
  for (int i = 0; i < 8; ++i) inputs.push_back({"pools.p" + std::to_string(i) + ".price", {50, {Spread::Form::triangular, 40, 70, 0}, {}}});
  for (int r = 0; r < 2; ++r) {
    inputs.push_back({"regions.r" + std::to_string(r) + ".pue", {1.2, {Spread::Form::normal, 0, 0, 0.05}, {}}});
    inputs.push_back({"regions.r" + std::to_string(r) + ".electricity", {0.08, {Spread::Form::lognormal, 0, 0, 0.2}, {}}});
  }
  Ledger ledger;
  for (int t = 0; t < 24; ++t)
    for (int p = 0; p < 20; ++p) {
      const std::string region = "regions.r" + std::to_string(p % 2);
      LineItem held, energy;
      held.factors = {{"", 10.0 + p, "nodes", ""}, {"", 50, "USD/h", "pools.p" + std::to_string(p) + ".price"}, {"", 730, "h", ""}};
      energy.factors = {{"", 7300.0 * (10 + p), "kWh", ""}, {"", 1.2, "", region + ".pue"}, {"", 0.08, "USD/kWh", region + ".electricity"}};
      ledger.lines.push_back(held);
      ledger.lines.push_back(energy);
    }
  SamplingOptions options;
  options.samples = 1'000'000;
  const auto begin = std::chrono::steady_clock::now();
  const Sampled found = sample(collapse(ledger, inputs), inputs, {}, options);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("10^6 samples, 12 inputs, 960 lines, indices: %.2f s; P10 %.17g P50 %.17g P90 %.17g +- %.3g, total index of %s %.17g\n", seconds, found.p10.value, found.p50.value,
              found.p90.value, found.p90.half_width, inputs[7].path.c_str(), found.total[7].value);
}
