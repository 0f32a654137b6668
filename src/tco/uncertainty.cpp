#include "tonnage/tco/uncertainty.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>

#include "tonnage/core/normal.hpp"

namespace tonnage::tco {

using Form = Spread::Form;

double Distribution::quantile(double u) const {
  if (samples.empty()) return spread.quantile(middle, u);
  return samples[std::min(samples.size() - 1, static_cast<std::size_t>(u * static_cast<double>(samples.size())))];
}

bool Distribution::has_density() const {
  if (!samples.empty()) return false;
  return spread.form == Form::triangular ? spread.high > spread.low : spread.sd > 0;
}

double Distribution::probability(double x) const {
  if (spread.form == Form::normal) return normal_probability((x - middle) / spread.sd);
  if (spread.form == Form::lognormal) return x / middle <= 0 ? 0 : normal_probability(std::log(x / middle) / spread.sd);
  const auto [low, high] = std::pair(spread.low, spread.high);
  if (x <= low || x >= high) return x <= low ? 0 : 1;
  const double width = high - low;
  return x < middle ? (x - low) * (x - low) / (width * (middle - low)) : 1 - (high - x) * (high - x) / (width * (high - middle));
}

double Distribution::density(double x) const {
  const auto normal_density = [](double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); };
  if (spread.form == Form::normal) return normal_density((x - middle) / spread.sd) / spread.sd;
  if (spread.form == Form::lognormal) return x / middle <= 0 ? 0 : normal_density(std::log(x / middle) / spread.sd) / (spread.sd * std::fabs(x));
  const auto [low, high] = std::pair(spread.low, spread.high);
  if (x <= low || x >= high) return 0;
  const double width = high - low;
  return x < middle ? 2 * (x - low) / (width * (middle - low)) : 2 * (high - x) / (width * (high - middle));
}

double CostExpression::value(const std::vector<double>& inputs) const {
  double sum = constant;
  for (const Term& term : terms) {
    double product = term.coefficient;
    for (const int input : term.inputs) product *= inputs[static_cast<std::size_t>(input)];
    sum += product;
  }
  return sum;
}

CostExpression collapse(const Ledger& ledger, const std::vector<UncertainInput>& inputs) {
  std::map<std::string, int> index;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (is_ledger_factor(inputs[i].path) && inputs[i].distribution.middle != 0) index.emplace(inputs[i].path, static_cast<int>(i));
  CostExpression out;
  std::map<std::vector<int>, double> terms;
  for (const LineItem& line : ledger.lines) {
    std::vector<int> of;
    double coefficient = line.discount;
    for (const Factor& factor : line.factors) {
      coefficient *= factor.value;
      const auto found = index.find(factor.path);
      if (factor.path.empty() || found == index.end()) continue;
      coefficient /= inputs[static_cast<std::size_t>(found->second)].distribution.middle;  // a factor is its input in other units, perhaps escalated
      of.push_back(found->second);
    }
    std::sort(of.begin(), of.end());
    (of.empty() ? out.constant : terms[of]) += coefficient;
  }
  for (auto& [of, coefficient] : terms) out.terms.push_back({coefficient, of});
  return out;
}

void sort_by_swing(std::vector<TornadoBar>& bars) {
  std::stable_sort(bars.begin(), bars.end(), [](const TornadoBar& a, const TornadoBar& b) { return std::fabs(a.at_p90 - a.at_p10) > std::fabs(b.at_p90 - b.at_p10); });
}

std::vector<TornadoBar> tornado(const CostExpression& cost, const std::vector<UncertainInput>& inputs, std::optional<double> budget) {
  std::vector<double> middle;
  for (const UncertainInput& input : inputs) middle.push_back(input.distribution.middle);
  std::vector<TornadoBar> out;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto at = [&](double x) {
      std::vector<double> changed = middle;
      changed[i] = x;
      return cost.value(changed);
    };
    const Distribution& d = inputs[i].distribution;
    TornadoBar bar{static_cast<int>(i), at(d.quantile(0.1)), at(d.quantile(0.9)), std::nullopt};
    double below = d.quantile(1e-9), above = d.quantile(1 - 1e-9);
    if (budget && at(below) != at(above) && (at(below) <= *budget) != (at(above) <= *budget)) {
      const bool first = at(below) <= *budget;
      for (int step = 0; step < 100; ++step) {
        const double half = below + (above - below) / 2;
        ((at(half) <= *budget) == first ? below : above) = half;
      }
      bar.break_even = below;
    }
    out.push_back(bar);
  }
  sort_by_swing(out);
  return out;
}

}  // namespace tonnage::tco
