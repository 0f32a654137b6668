#include <algorithm>

#include <fmt/format.h>

#include "build.hpp"
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

}  // namespace tonnage::scenario
