#include "tonnage/tco/sensitivity.hpp"

#include <algorithm>
#include <set>

#include "tonnage/documents/economics.hpp"

namespace tonnage::tco {

namespace {

constexpr const char* discount_rate = "finance.discount_rate";

/// Nothing of its effect on an amount is hidden in other factors.
bool proportional(const std::string& path) { return is_ledger_factor(path) || path == "finance.staff" || path == "policies.unmet" || path.ends_with(".move_cost"); }

std::set<std::string> inputs_of(const std::vector<std::vector<Factor>>& lines) {
  std::set<std::string> out;
  for (const auto& line : lines)
    for (const Factor& factor : line) {
      if (proportional(factor.path)) out.insert(factor.path);
      if (factor.recovery) out.insert(discount_rate);
    }
  return out;
}

/// The amount of a line with one input higher.
Money amount(const std::vector<Factor>& line, const std::string& input, double share, const Finance& higher) {
  double product = 1;
  for (const Factor& factor : line) {
    const bool rate = input == discount_rate && factor.recovery;
    product *= rate ? value_of(higher, *factor.recovery) : factor.path == input ? factor.value * (1 + share) : factor.value;
  }
  return Money::from_double(product);
}

}  // namespace

std::vector<InputEffect> input_effects(const std::vector<std::vector<Factor>>& lines, const Finance& finance, double share) {
  Finance higher = finance;
  higher.discount_rate_per_year *= 1 + share;
  std::vector<InputEffect> out;
  for (const std::string& input : inputs_of(lines)) {
    InputEffect one;
    one.path = input;
    if (input == discount_rate) one.before = finance.discount_rate_per_year, one.after = higher.discount_rate_per_year;
    for (const auto& line : lines) one.change += amount(line, input, share, higher) - amount(line, "", 0, finance);
    if (one.change != Money()) out.push_back(std::move(one));
  }
  const auto size = [](Money change) { return change < Money() ? -change : change; };
  std::stable_sort(out.begin(), out.end(), [&](const InputEffect& a, const InputEffect& b) { return size(a.change) > size(b.change); });
  return out;
}

}  // namespace tonnage::tco
