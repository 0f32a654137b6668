#include "tonnage/documents/check_figures.hpp"

#include <algorithm>

namespace tonnage {

namespace {

/// Where the word in capitals begins and ends; both at the end when there is none.
std::pair<std::size_t, std::size_t> wildcard(const std::string& pattern) {
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto first = std::find_if(pattern.begin(), pattern.end(), capital);
  const auto last = std::find_if_not(first, pattern.end(), capital);
  return {static_cast<std::size_t>(first - pattern.begin()), static_cast<std::size_t>(last - pattern.begin())};
}

}  // namespace

const std::vector<CheckFigure>& check_figures() {
  static const std::vector<CheckFigure> table = {
      {"cost", FigureUnit::money, "present value, penalties included; cost.p10, cost.p50 and cost.p90 over the outcomes"},
      {"capex", FigureUnit::money, "purchases that the plan orders"},
      {"energy", FigureUnit::money, "present value of electricity"},
      {"carbon", FigureUnit::mass, "of the electricity, by location"},
      {"gap", FigureUnit::share, "how far the plan may be from the best"},
      {"unmet", FigureUnit::requests, "not served over the horizon, expected"},
      {"unmet.WORKLOAD", FigureUnit::requests, "not served of a workload"},
      {"forecast.WORKLOAD.skill", FigureUnit::share, "1 less the forecast's error over seasonal naive's, on the past"},
      {"forecast.WORKLOAD.error", FigureUnit::share, "the forecast's error on the past"},
      {"nodes", FigureUnit::nodes, "in the last period, rented ones at their peak"},
      {"power", FigureUnit::power, "at the facility in the last period, nodes at full power"},
      {"used.mean", FigureUnit::share, "of usable node-hours, occupied"},
      {"used.peak", FigureUnit::share, "of usable nodes, occupied at the peak"},
      {"headroom", FigureUnit::share, "of usable nodes, free at the peak"},
      {"provider_share.PROVIDER", FigureUnit::share, "of what is paid, present value"},
      {"region.REGION.cost", FigureUnit::money, "present value of what is paid in a region"},
      {"pool.POOL.cost", FigureUnit::money, "present value of what is paid for a pool"},
      {"unit_cost", FigureUnit::money, "of a million tokens in the last period"},
      {"accelerator_hour", FigureUnit::money, "paid for an hour of an accelerator, on average"},
      {"increase", FigureUnit::change, "of cost over the plan of check --against: an amount or a percentage"},
  };
  return table;
}

std::optional<NamedFigure> find_check_figure(const std::string& figure) {
  for (const CheckFigure& row : check_figures()) {
    const std::string pattern = row.pattern;
    const auto [first, last] = wildcard(pattern);
    if (first == pattern.size()) {
      if (figure == pattern) return NamedFigure{&row, ""};
      continue;
    }
    const std::string head = pattern.substr(0, first), tail = pattern.substr(last);
    if (figure.size() <= head.size() + tail.size() || figure.rfind(head, 0) != 0 || figure.substr(figure.size() - tail.size()) != tail) continue;
    return NamedFigure{&row, figure.substr(head.size(), figure.size() - head.size() - tail.size())};
  }
  return std::nullopt;
}

std::vector<std::string> provider_names(const Scenario& scenario) {
  std::vector<std::string> out;
  for (const Region& region : scenario.regions)
    if (!region.provider.empty() && std::find(out.begin(), out.end(), region.provider) == out.end()) out.push_back(region.provider);
  return out;
}

std::vector<std::string> names_for(const CheckFigure& figure, const Scenario& scenario, const std::vector<std::string>& workloads) {
  const std::string pattern = figure.pattern;
  const auto [first, last] = wildcard(pattern);
  const std::string word = pattern.substr(first, last - first);
  std::vector<std::string> out;
  if (word == "WORKLOAD") return workloads;
  if (word == "PROVIDER") return provider_names(scenario);
  if (word == "REGION")
    for (const Region& region : scenario.regions) out.push_back(region.name);
  if (word == "POOL")
    for (const Pool& pool : scenario.pools) out.push_back(pool.name);
  return out;
}

}  // namespace tonnage
