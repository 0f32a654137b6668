#include "tonnage/documents/economics.hpp"
#include "tonnage/forecast/demand.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "numerics.hpp"
#include "outcomes.hpp"

namespace tonnage::forecast {
namespace {

/// A workload, its path (or its table), and the origins in order.
struct Entry {
  const Workload* workload = nullptr;
  bool table = false;
  WorkloadPath path;
};

/// Moves users to entry `i` from the workloads that it replaces, after these have taken over from theirs.
void succeed(std::vector<Entry>& entries, std::size_t i, const std::vector<Period>& periods, const Places& places, std::vector<char>& done, std::vector<std::string>& remarks) {
  if (done[i] || !entries[i].workload->demand.launch) return;
  done[i] = 1;
  for (const Replaced& replaced : entries[i].workload->demand.launch->replaces) {
    const auto older = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.workload->name == replaced.workload; });
    if (older == entries.end() || older->table) continue;
    succeed(entries, static_cast<std::size_t>(older - entries.begin()), periods, places, done, remarks);
    move_generations(*entries[i].workload, entries[i].path, replaced, older->path, periods, places, remarks);
  }
}

std::vector<Entry> entries_of(const Scenario& scenario, std::uint64_t seed, Demand& demand) {
  std::vector<Entry> entries;
  std::vector<const Workload*> with_history;
  std::vector<PreparedHistory> histories;
  for (const Workload& workload : scenario.workloads) {
    if (!workload.version_of.empty() || !workload.demand.table.empty() || workload.demand.history.empty()) continue;
    with_history.push_back(&workload);
    histories.push_back(prepare_history(workload, scenario.periods, demand.remarks));
  }
  const Places places(scenario, seed);
  const std::vector<std::vector<SamplePaths>> levels = joint_levels(with_history, histories, scenario.periods, seed);
  for (const Workload& workload : scenario.workloads) {
    if (!workload.version_of.empty()) continue;  // its load is a part of another's
    Entry entry{&workload, false, {}};
    entry.path.profile.fill(1.0);
    if (!workload.demand.table.empty()) {
      entry.table = true;
      entry.path.method = "given";
      entry.path.reason = "loads given as a table";
    } else if (!workload.demand.history.empty()) {
      const auto at = static_cast<std::size_t>(std::find(with_history.begin(), with_history.end(), &workload) - with_history.begin());
      entry.path = history_path(workload, histories[at], levels[at], scenario.periods, places, demand.remarks);
    } else if (workload.demand.launch) {
      entry.path = launch_path(workload, scenario.periods, places, demand.remarks);
    } else {
      entry.path = growth_path(workload, scenario.periods, places, demand.remarks);
    }
    remark_overrides(workload, demand.remarks);
    entries.push_back(std::move(entry));
  }
  std::vector<char> done(entries.size(), 0);
  for (std::size_t i = 0; i < entries.size(); ++i) succeed(entries, i, scenario.periods, places, done, demand.remarks);
  return entries;
}

/// Sum of the history-driven workloads' profiles, each relative to its own mean; flat when there is none.
WeekProfile total_profile(const std::vector<Entry>& entries) {
  WeekProfile total{};
  bool any = false;
  for (const Entry& entry : entries) {
    if (!entry.path.has_profile) continue;
    any = true;
    for (std::size_t h = 0; h < hours_of_week; ++h) total[h] += entry.path.profile[h];
  }
  if (!any) total.fill(1.0);
  return total;
}

/// Origins that tell hours apart and carry a tenth of their workload or more.
std::vector<NamedProfile> profiles_of(const std::vector<Entry>& entries) {
  std::vector<NamedProfile> out;
  const auto told = std::count_if(entries.begin(), entries.end(), [](const Entry& e) { return e.path.has_profile; });
  for (const Entry& entry : entries) {
    if (!entry.path.has_profile) continue;
    double whole = 0;
    for (const OriginPath& origin : entry.path.origins) whole += std::accumulate(origin.mean.begin(), origin.mean.end(), 0.0);
    for (const OriginPath& origin : entry.path.origins) {
      if (is_flat(origin.profile) || std::accumulate(origin.mean.begin(), origin.mean.end(), 0.0) < 0.1 * whole) continue;
      const bool one = entry.path.origins.size() == 1;
      out.push_back({one ? entry.workload->name : told == 1 ? origin.origin : entry.workload->name + " " + origin.origin, origin.profile});
    }
  }
  return out;
}

/// Sum of the tables' loads by given block, weighted by outcome.
std::vector<double> table_totals(const Scenario& scenario) {
  std::vector<double> totals(scenario.block_hours.size(), 0.0);
  for (const Workload& workload : scenario.workloads)
    for (const DemandRow& row : workload.demand.table) {
      if (row.block < 0 || row.block >= static_cast<int>(totals.size()) || !std::isfinite(row.load_per_s)) continue;
      const bool weighted = row.outcome >= 0 && row.outcome < static_cast<int>(scenario.outcomes.size());
      totals[row.block] += row.load_per_s * (weighted ? scenario.outcomes[row.outcome].value : 1.0);
    }
  return totals;
}

/// 0 for a name that says "peak", 2 for one that says "night" or "off", else 1.
int rank_by_name(const std::string& name) {
  for (const char* word : {"off", "night", "low", "trough"})
    if (name.find(word) != std::string::npos) return 2;
  return name.find("peak") != std::string::npos || name.find("high") != std::string::npos ? 0 : 1;
}

/// Which given block the busiest hours belong to: as the tables say, else as the names say, else as given.
std::vector<int> busiest_first(const Scenario& scenario) {
  std::vector<int> order(scenario.block_hours.size());
  std::iota(order.begin(), order.end(), 0);
  const std::vector<double> totals = table_totals(scenario);
  const bool from_tables = std::any_of(totals.begin(), totals.end(), [](double t) { return t > 0; });
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    if (from_tables) return totals[a] > totals[b];
    return rank_by_name(scenario.block_hours[a].name) < rank_by_name(scenario.block_hours[b].name);
  });
  return order;
}

void add_blocks(const Scenario& scenario, const BlockShape& shape, Demand& demand) {
  const bool as_given = scenario.finance.hours_per_month > 0 && scenario.period_kind == PeriodKind::month && !scenario.block_hours.empty();
  for (std::size_t b = 0; b < shape.names.size(); ++b) {
    Block block{shape.names[b], {}};
    for (int t = 0; t < static_cast<int>(scenario.periods.size()); ++t)
      block.hours.push_back(as_given ? std::max(scenario.block_hours[b].value, 0.0) : shape.weight[b] * period_hours(scenario, t));
    demand.blocks.push_back(std::move(block));
  }
}

/// Given outcomes from the least demand to the most: as the tables' loads say, else as the names say, else as given.
std::vector<int> ascending_outcomes(const Scenario& scenario) {
  std::vector<int> order(scenario.outcomes.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<double> totals(scenario.outcomes.size(), 0.0);
  for (const Workload& workload : scenario.workloads)
    for (const DemandRow& row : workload.demand.table)
      if (row.outcome >= 0 && row.outcome < static_cast<int>(totals.size()) && std::isfinite(row.load_per_s)) totals[row.outcome] += row.load_per_s;
  const bool from_tables = std::any_of(totals.begin(), totals.end(), [](double t) { return t > 0; });
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    if (from_tables) return totals[a] < totals[b];
    return rank_by_name(scenario.outcomes[a].name) > rank_by_name(scenario.outcomes[b].name);
  });
  return order;
}

/// Share of the variance of a workload's own mean load that the outcomes tell apart.
double held_of(const WorkloadPath& path, const PathOutcomes& made) {
  const std::size_t periods = path.origins.front().mean.size();
  std::vector<double> by_path(made.of_path.size(), 0.0), by_outcome(made.outcomes.size(), 0.0);
  for (const OriginPath& origin : path.origins) {
    for (std::size_t i = 0; i < origin.draws.size(); ++i) by_path[i / periods] += origin.draws[i];
    for (std::size_t s = 0; s < by_outcome.size(); ++s)
      for (const double load : made.loads(origin, static_cast<int>(s))) by_outcome[s] += load;
  }
  const double mean = std::accumulate(by_path.begin(), by_path.end(), 0.0) / static_cast<double>(by_path.size());
  double whole = 0, kept = 0;
  for (const double x : by_path) whole += (x - mean) * (x - mean) / static_cast<double>(by_path.size());
  for (std::size_t s = 0; s < by_outcome.size(); ++s) kept += made.outcomes[s].probability * (by_outcome[s] - mean) * (by_outcome[s] - mean);
  return whole > 1e-18 * mean * mean ? kept / whole : 1;
}

/// Workloads whose own spread the outcomes mostly average away, the worst first. `count`: outcomes asked for; 0: they are given.
void remark_averaged(const std::vector<Entry>& entries, const PathOutcomes& made, int count, std::vector<std::string>& remarks) {
  std::vector<std::pair<double, std::string>> averaged;
  for (const Entry& entry : entries)
    if (!entry.table && !entry.path.sure())
      if (const double held = held_of(entry.path, made); held < 0.6) averaged.emplace_back(held, entry.workload->name);
  if (averaged.empty()) return;
  std::stable_sort(averaged.begin(), averaged.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string names;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, averaged.size()); ++i) names += fmt::format("{}{} {:.0f} %", i == 0 ? "" : ", ", averaged[i].second, 100 * averaged[i].first);
  remarks.push_back(fmt::format("the outcomes average away much of what {} workload{} may do alone (variance told apart: {}{}){}", averaged.size(), averaged.size() == 1 ? "" : "s", names,
                                averaged.size() > 3 ? ", …" : "", count > 0 && count < 25 ? fmt::format("; 'outcomes: {}' tells more", std::min(25, 2 * count + 1)) : ""));
}

PathOutcomes make_outcomes(const Scenario& scenario, const std::vector<Entry>& entries, Demand& demand) {
  std::vector<const WorkloadPath*> paths;
  for (const Entry& entry : entries)
    if (!entry.table) paths.push_back(&entry.path);
  const bool given = !scenario.outcomes.empty();
  PathOutcomes made = given ? slice_paths(paths, scenario.outcomes, ascending_outcomes(scenario)) : reduce_paths(paths, scenario.outcome_count);
  demand.outcomes = made.outcomes;
  if (made.of_path.empty()) return made;
  std::string names;
  for (const Outcome& outcome : made.outcomes) names += fmt::format("{}{} {:.3g} %", names.empty() ? "" : ", ", outcome.name, 100 * outcome.probability);
  if (made.outcomes.size() > 7) names = fmt::format("{} of them", made.outcomes.size());
  demand.remarks.push_back(fmt::format("outcomes ({}) stand for {} joint paths of demand: {}; before they are stretched to its spread they tell {:.0f} % of the variance of the overall level apart", names,
                                       scenario_paths, given ? "slices by overall level" : "alike paths together, each outcome their mean", 100 * made.held));
  remark_averaged(entries, made, given ? 0 : scenario.outcome_count, demand.remarks);
  return made;
}

/// Load index of the document: [outcome][period][block].
struct Layout {
  int periods = 0, blocks = 0, outcomes = 0;

  std::size_t at(int s, int t, int b) const { return static_cast<std::size_t>((s * periods + t) * blocks + b); }
  std::size_t size() const { return static_cast<std::size_t>(outcomes * periods * blocks); }
};

double safe(double load) { return std::isfinite(load) && load > 0 ? load : 0.0; }

void add_path_series(const Entry& entry, const BlockShape& shape, const PathOutcomes& outcomes, const Layout& layout, Demand& demand) {
  for (const OriginPath& origin : entry.path.origins) {
    DemandSeries series{entry.workload->name, origin.origin, entry.workload->job ? "accelerators" : entry.workload->unit,
                        std::vector<double>(layout.size(), 0.0), "", 0};
    for (int s = 0; s < layout.outcomes; ++s) {
      const std::vector<double> loads = outcomes.loads(origin, s);
      for (int t = 0; t < layout.periods; ++t)
        for (int b = 0; b < layout.blocks; ++b) series.load_per_s[layout.at(s, t, b)] = safe(loads[t] * shape.mean(origin.profile, b));
    }
    if (entry.path.has_profile && !is_flat(origin.profile)) {
      int block = 0;
      series.peak_error = peak_error(shape, origin.profile, block);
      series.peak_block = shape.names[static_cast<std::size_t>(block)];
    }
    demand.series.push_back(std::move(series));
  }
}

double block_event_factor(const Workload& workload, const std::string& origin, const Period& period) {
  if (workload.events.empty() && workload.overrides.empty()) return 1.0;
  return period_mean(period, [&](double day) { return event_factor(workload.events, origin, day) * override_factor(workload.overrides, day); });
}

/// Loads of a table as given. Without given blocks or outcomes a row stands for all of them; an outcome without rows takes
/// those of the first.
void add_table_series(const Scenario& scenario, const Workload& workload, const Layout& layout, Demand& demand) {
  const std::size_t first = demand.series.size();
  std::vector<std::vector<char>> filled;  // by series and outcome
  const auto series_of = [&](const std::string& origin) {
    const std::string name = origin.empty() ? anywhere : origin;
    for (std::size_t i = first; i < demand.series.size(); ++i)
      if (demand.series[i].origin == name) return i;
    demand.series.push_back({workload.name, name, workload.unit, std::vector<double>(layout.size(), 0.0), "", 0});
    filled.emplace_back(layout.outcomes, static_cast<char>(0));
    return demand.series.size() - 1;
  };
  int outside = 0;
  for (const DemandRow& row : workload.demand.table) {
    const bool any_block = scenario.block_hours.empty(), any_outcome = scenario.outcomes.empty();
    const bool inside = row.period >= 0 && row.period < layout.periods &&
                        (any_block ? row.block == 0 : row.block >= 0 && row.block < layout.blocks) &&
                        (any_outcome ? row.outcome == 0 : row.outcome >= 0 && row.outcome < layout.outcomes);
    if (!inside) {
      ++outside;
      continue;
    }
    const std::size_t i = series_of(row.origin);
    const double load = safe(row.load_per_s) * block_event_factor(workload, demand.series[i].origin, scenario.periods[row.period]);
    for (int s = any_outcome ? 0 : row.outcome; s <= (any_outcome ? layout.outcomes - 1 : row.outcome); ++s) {
      filled[i - first][s] = 1;
      for (int b = any_block ? 0 : row.block; b <= (any_block ? layout.blocks - 1 : row.block); ++b)
        demand.series[i].load_per_s[layout.at(s, row.period, b)] = load;
    }
  }
  for (std::size_t i = first; i < demand.series.size(); ++i)
    for (int s = 1; s < layout.outcomes; ++s)
      if (!filled[i - first][s])
        std::copy_n(demand.series[i].load_per_s.begin(), layout.periods * layout.blocks,
                    demand.series[i].load_per_s.begin() + static_cast<long>(layout.at(s, 0, 0)));
  if (outside > 0)
    demand.remarks.push_back(fmt::format("workload '{}': {} row{} of its table lie outside the horizon, blocks or outcomes", workload.name,
                                         outside, outside == 1 ? "" : "s"));
}

/// Value that a discrete distribution does not exceed with probability p.
double discrete_quantile(std::vector<std::pair<double, double>> values, double p) {
  std::sort(values.begin(), values.end());
  double total = 0, sum = 0;
  for (const auto& [value, weight] : values) total += std::max(weight, 0.0);
  for (const auto& [value, weight] : values) {
    sum += std::max(weight, 0.0);
    if (sum >= p * total - 1e-12) return value;
  }
  return values.empty() ? 0.0 : values.back().first;
}

/// Mean load of a period by outcome, all origins together.
std::vector<std::pair<double, double>> period_loads(const Demand& demand, const std::string& workload, int t) {
  std::vector<std::pair<double, double>> loads;
  double hours = 0;
  for (const Block& block : demand.blocks) hours += block.hours[t];
  for (int s = 0; s < static_cast<int>(demand.outcomes.size()); ++s) {
    double sum = 0;
    for (const DemandSeries& series : demand.series) {
      if (series.workload != workload) continue;
      for (int b = 0; b < static_cast<int>(demand.blocks.size()); ++b)
        sum += demand.load(series, s, t, b) * demand.blocks[b].hours[t];
    }
    loads.emplace_back(hours > 0 ? sum / hours : 0, demand.outcomes[s].probability);
  }
  return loads;
}

/// Mean load of a period, all origins together, of every path in ascending order.
std::vector<double> sorted_loads(const WorkloadPath& path, int t) {
  std::vector<double> out;
  if (path.sure()) return out;
  const std::size_t periods = path.origins.front().mean.size();
  out.assign(scenario_paths, 0.0);
  for (const OriginPath& origin : path.origins)
    for (std::size_t j = 0; j < out.size(); ++j) out[j] += safe(origin.draws[j * periods + static_cast<std::size_t>(t)]);
  std::sort(out.begin(), out.end());
  return out;
}

void add_forecast(const Entry& entry, const BlockShape& shape, int peak_block, Demand& demand) {
  WorkloadForecast forecast;
  forecast.workload = entry.workload->name;
  forecast.unit = entry.workload->job ? "accelerators" : entry.workload->unit;
  forecast.method = entry.path.method;
  forecast.reason = entry.path.reason;
  forecast.backtest = entry.path.backtest;
  if (entry.path.has_profile) {
    forecast.peak_to_mean = *std::max_element(entry.path.profile.begin(), entry.path.profile.end());
    const double block = shape.mean(entry.path.profile, peak_block);
    forecast.peak_block_error = block > 0 ? forecast.peak_to_mean / block - 1 : 0;
  }
  for (int t = 0; t < static_cast<int>(demand.periods.size()); ++t) {
    double mean = 0, low = 0, middle = 0, high = 0;
    if (entry.table) {
      const auto loads = period_loads(demand, forecast.workload, t);
      double weight = 0;
      for (const auto& [load, probability] : loads) mean += load * probability, weight += probability;
      mean = weight > 0 ? mean / weight : 0;
      low = discrete_quantile(loads, 0.1), middle = discrete_quantile(loads, 0.5), high = discrete_quantile(loads, 0.9);
    } else {
      for (const OriginPath& origin : entry.path.origins) mean += safe(origin.mean[t]);
      low = middle = high = mean;
      if (const std::vector<double> sorted = sorted_loads(entry.path, t); !sorted.empty())
        low = quantile_of_sorted(sorted, 0.1), middle = quantile_of_sorted(sorted, 0.5), high = quantile_of_sorted(sorted, 0.9);
    }
    forecast.mean_per_s.push_back(mean);
    forecast.p10_per_s.push_back(low);
    forecast.p50_per_s.push_back(middle);
    forecast.p90_per_s.push_back(high);
  }
  demand.forecasts.push_back(std::move(forecast));
}

/// Given blocks by descending total load. Returns the new order; the first entry is the peak block.
std::vector<int> sort_blocks(Demand& demand) {
  const int blocks = static_cast<int>(demand.blocks.size());
  std::vector<double> total(blocks, 0.0);
  for (const DemandSeries& series : demand.series)
    for (int s = 0; s < static_cast<int>(demand.outcomes.size()); ++s)
      for (int t = 0; t < static_cast<int>(demand.periods.size()); ++t)
        for (int b = 0; b < blocks; ++b) total[b] += demand.outcomes[s].probability * demand.load(series, s, t, b);
  std::vector<int> order(blocks);
  std::iota(order.begin(), order.end(), 0);
  // Equal loads but for rounding keep their order.
  const double highest = total.empty() ? 0 : *std::max_element(total.begin(), total.end());
  const auto key = [&](int b) { return highest > 0 ? std::round(total[b] / highest * 1e12) : 0.0; };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return key(a) > key(b); });
  std::vector<Block> sorted;
  for (const int b : order) sorted.push_back(demand.blocks[b]);
  for (DemandSeries& series : demand.series) {
    const std::vector<double> old = series.load_per_s;
    for (std::size_t i = 0; i < old.size(); ++i)
      series.load_per_s[i] = old[i / blocks * blocks + static_cast<std::size_t>(order[i % blocks])];
  }
  demand.blocks = std::move(sorted);
  return order;
}

/// Loads of a workload whose versions take a share of it, each apart.
void split_versions(const Scenario& scenario, Demand& demand) {
  std::vector<DemandSeries> all = std::move(demand.series);
  demand.series.clear();
  const int blocks = static_cast<int>(demand.blocks.size()), periods = static_cast<int>(demand.periods.size());
  for (const Workload& workload : scenario.workloads) {
    const std::string& whole = workload.version_of.empty() ? workload.name : workload.version_of;
    for (const DemandSeries& series : all) {
      if (series.workload != whole) continue;
      DemandSeries part = series;
      part.workload = workload.name;
      if (!workload.load_share.empty())
        for (std::size_t i = 0; i < part.load_per_s.size(); ++i) part.load_per_s[i] *= workload.load_share[i / static_cast<std::size_t>(blocks) % static_cast<std::size_t>(periods)];
      demand.series.push_back(std::move(part));
    }
  }
}

}  // namespace

Demand forecast_demand(const Scenario& scenario, std::uint64_t seed) {
  Demand demand;
  demand.periods = scenario.periods;
  const std::vector<Entry> entries = entries_of(scenario, seed, demand);
  const WeekProfile total = total_profile(entries);
  const bool given = !scenario.block_hours.empty();
  BlockShape shape = given ? assign_blocks(total, scenario.block_hours, busiest_first(scenario)) : make_blocks(total);
  if (!given) add_peaks(shape, profiles_of(entries));
  add_blocks(scenario, shape, demand);
  const PathOutcomes outcomes = make_outcomes(scenario, entries, demand);
  const Layout layout{static_cast<int>(demand.periods.size()), static_cast<int>(demand.blocks.size()),
                      static_cast<int>(demand.outcomes.size())};
  for (const Entry& entry : entries) {
    if (entry.table) {
      add_table_series(scenario, *entry.workload, layout, demand);
    } else {
      add_path_series(entry, shape, outcomes, layout, demand);
    }
  }
  const int peak_block = given ? sort_blocks(demand).front() : 0;
  for (const Entry& entry : entries) add_forecast(entry, shape, peak_block, demand);
  split_versions(scenario, demand);
  return demand;
}

}  // namespace tonnage::forecast
