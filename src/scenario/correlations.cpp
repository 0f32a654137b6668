#include <algorithm>

#include <fmt/format.h>

#include "build.hpp"
#include "tonnage/core/correlation.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::scenario {

namespace {

bool names_mapping(View at, std::string_view path) {
  for (const std::string_view key : split(path, '.')) at = at.at(key);
  return at.is_mapping();
}

}  // namespace

std::vector<Correlation> build_correlations(const View& root, const std::vector<UncertainNumber>& numbers, Diagnostics& diagnostics) {
  std::vector<Correlation> out;
  std::vector<std::string> known;
  for (const UncertainNumber& number : numbers) known.push_back(number.path);
  root.at("correlations").items([&](const View& item) {
    std::vector<int> of;
    item.at("of").items([&](const View& name) {
      const auto at = std::find(known.begin(), known.end(), name.text());
      if (at != known.end()) return of.push_back(static_cast<int>(at - known.begin()));
      if (names_mapping(root, name.text())) return;  // a distribution with a mistake of its own
      const std::string close = suggest(name.text(), known);
      diagnostics.error("unknown-name", fmt::format("'{}' is not an uncertain number of this scenario", name.text()), name.mark(), close.empty() ? "" : "did you mean '" + close + "'?");
    });
    const double rank = item.at("rank").number(0);
    if (of.size() != 2) return;
    const Correlation pair{std::min(of[0], of[1]), std::max(of[0], of[1]), rank};
    const bool again = std::any_of(out.begin(), out.end(), [&](const Correlation& c) { return c.a == pair.a && c.b == pair.b; });
    if (pair.a == pair.b || again) diagnostics.error("disorder", pair.a == pair.b ? "a number is not correlated with itself" : "this pair has a correlation already", item.mark());
    else out.push_back(pair);
  });
  return out;
}

void set_demand_correlations(Scenario& scenario, const Uncertainty& uncertainty, const std::vector<char>& of_demand, const View& root, Diagnostics& diagnostics) {
  const std::size_t n = uncertainty.numbers.size();
  std::vector<double> matrix(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) matrix[i * n + i] = 1;
  for (const Correlation& pair : uncertainty.correlations) {
    const auto a = static_cast<std::size_t>(pair.a), b = static_cast<std::size_t>(pair.b);
    if (!of_demand[a] || !of_demand[b]) continue;
    scenario.demand_correlations.push_back({uncertainty.numbers[a].path, uncertainty.numbers[b].path, pair.rank});
    matrix[a * n + b] = matrix[b * n + a] = normal_correlation(pair.rank);
  }
  int row = -1;
  (void)semidefinite_factor(std::move(matrix), static_cast<int>(n), row);
  if (row >= 0)
    diagnostics.error("disorder", "no joint distribution has such correlations: that of '" + uncertainty.numbers[static_cast<std::size_t>(row)].path + "' contradicts those of the numbers before it", root.at("correlations").mark());
}

}  // namespace tonnage::scenario
