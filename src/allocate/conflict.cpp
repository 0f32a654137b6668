#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "reasons.hpp"
#include "tonnage/core/numbers.hpp"

namespace tonnage::allocate {

using optimize::infinity;
using optimize::LinearProgram;
using optimize::Session;
using optimize::Solution;
using optimize::Status;
using optimize::Terms;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// A thing with a name that a plan must keep in some periods: a limit, a rule, or that a workload is served.
struct Duty {
  std::string kind, name, unit;
  std::vector<LimitRow> rows;                          ///< of limits and rules
  std::vector<std::pair<int, int>> shorts;             ///< of a workload: period, column
  std::vector<int> periods;
};

/// Deletion filter (Chinneck & Dravnieks 1991) over named things: what can be left out while the rest stays impossible, is.
class Filter {
 public:
  Filter(const Scenario& scenario, const Model& model, const MostShort& most_short, const optimize::SolveOptions& options, optimize::Solver& solver)
      : scenario_(scenario), program_(model.program), options_(options), solver_(solver) {
    std::fill(program_.cost.begin(), program_.cost.end(), 0);
    open_upper_ = program_.upper;
    for (const StateColumns& columns : model.states)
      for (const ShortColumn& c : columns.shorts) {
        if (!c.never) continue;
        open_upper_[at(c.column)] = most_short(columns, c);
        const bool loss = columns.state.lost_region >= 0;  // what a loss exposes is told, not refused
        program_.upper[at(c.column)] = loss ? open_upper_[at(c.column)] : 0;
        if (!loss) served(c, columns.state.period);
      }
    for (const LimitRow& row : model.rules) limited(row);
    for (const LimitRow& row : model.limits) limited(row);
  }

  std::vector<std::string> run() {
    session_ = solver_.session(program_, options_);
    if (session_->solve().status != Status::infeasible) return {};
    std::vector<Duty> kept;
    for (const Duty& duty : duties_)
      if (!can_go(duty)) kept.push_back(duty);
    std::vector<std::string> names;
    for (Duty& duty : kept) {
      // The thing is needed; which of its periods are? The earliest is the easiest to understand, so later ones go first.
      std::vector<Duty> parts = by_period(duty);
      duty.periods.clear();
      for (auto part = parts.rbegin(); part != parts.rend(); ++part)
        if (parts.size() == 1 || !can_go(*part)) duty.periods.insert(duty.periods.begin(), part->periods.front());
      names.push_back(fmt::format("{}{}", words(duty), when(duty)));
    }
    const bool only_load = kept.size() == 1 && kept.front().kind == "load";  // what is short says as much
    if (names.empty() || only_load) return {};
    std::vector<std::string> out{fmt::format("cannot hold together: {}", fmt::join(names, "; "))};
    for (const Duty& duty : kept)
      if (const std::string repair = enough_alone(duty); !repair.empty()) out.push_back(repair);
    return out;
  }

 private:
  Duty& duty(const std::string& kind, const std::string& name, int period) {
    auto found = std::find_if(duties_.begin(), duties_.end(), [&](const Duty& d) { return d.kind == kind && d.name == name; });
    if (found == duties_.end()) found = duties_.insert(duties_.end(), Duty{kind, name, {}, {}, {}, {}});
    if (std::find(found->periods.begin(), found->periods.end(), period) == found->periods.end()) found->periods.push_back(period);
    return *found;
  }

  void limited(const LimitRow& row) {
    Duty& one = duty(row.kind, row.name, row.period);
    one.unit = row.unit;
    one.rows.push_back(row);
  }

  void served(const ShortColumn& c, int period) {
    const Workload& workload = scenario_.workloads[at(c.workload)];
    Duty& one = duty("load", workload.name, period);
    one.unit = workload.unit;
    one.shorts.emplace_back(period, c.column);
  }

  void open(const Duty& duty, bool now) {
    for (const LimitRow& row : duty.rows) session_->set_row(row.row, now ? -infinity : program_.row_lower[at(row.row)], now ? infinity : program_.row_upper[at(row.row)]);
    for (const auto& [period, column] : duty.shorts) session_->set_column(column, program_.lower[at(column)], now ? open_upper_[at(column)] : program_.upper[at(column)]);
  }

  /// Leaves the thing out for good when the rest is impossible without it.
  bool can_go(const Duty& duty) {
    open(duty, true);
    if (session_->solve().status == Status::infeasible) return true;
    open(duty, false);
    return false;
  }

  static std::vector<Duty> by_period(const Duty& whole) {
    std::vector<Duty> out;
    for (const int t : whole.periods) {
      Duty part{whole.kind, whole.name, whole.unit, {}, {}, {t}};
      for (const LimitRow& row : whole.rows)
        if (row.period == t) part.rows.push_back(row);
      for (const auto& one : whole.shorts)
        if (one.first == t) part.shorts.push_back(one);
      out.push_back(std::move(part));
    }
    return out;
  }

  static std::string words(const Duty& duty) {
    if (duty.kind == "load") return "all load of " + duty.name;
    return named_limit(duty.kind, duty.name);
  }

  std::string when(const Duty& duty) const {
    std::vector<std::string> names;
    for (const int t : duty.periods) names.push_back(scenario_.periods[at(t)].name);
    if (names.size() > 3) names = {names[0], names[1], fmt::format("{} more periods", names.size() - 2)};
    return names.empty() ? "" : fmt::format(" in {}", fmt::join(names, ", "));
  }

  /// The least change of this thing, the same in all its periods, with which everything else can hold; empty: none can.
  std::string enough_alone(const Duty& duty) const {
    if (duty.unit.empty()) return "";
    LinearProgram elastic = program_;
    const int change = elastic.add_column("change", 1, 0, infinity);
    for (const LimitRow& row : duty.rows) {
      Terms terms;
      for (int k = elastic.start[at(row.row)]; k < elastic.start[at(row.row) + 1]; ++k) terms.emplace_back(elastic.index[at(k)], elastic.value[at(k)]);
      const bool least = std::isinf(elastic.row_upper[at(row.row)]);
      terms.emplace_back(change, least ? 1 : -1);
      elastic.add_row("changed", elastic.row_lower[at(row.row)], elastic.row_upper[at(row.row)], terms);
      elastic.row_lower[at(row.row)] = -infinity;
      elastic.row_upper[at(row.row)] = infinity;
    }
    for (const auto& [period, column] : duty.shorts) {
      elastic.upper[at(column)] = open_upper_[at(column)];
      elastic.add_row("changed", -infinity, 0, {{column, 1}, {change, -1}});
    }
    optimize::SolveOptions options = options_;
    options.relax = scenario_.policies.min_replicas == 0;  // a share of a replica does not serve a share of the load
    const Solution least = solver_.solve(elastic, options);
    if (least.status != Status::optimal) return "";
    if (duty.kind == "load") return fmt::format("enough alone: {} {} of {} from each origin need not be served", significant(least.objective, 4), duty.unit, duty.name);
    const double amount = duty.unit == "node" ? std::ceil(least.objective - 1e-6) : least.objective;
    return fmt::format("enough alone: {} {}{} {}: {}", significant(amount, 4), duty.unit, duty.unit == "node" && amount != 1 ? "s" : "", duty.kind == "min" ? "less" : "more", words(duty));
  }

  const Scenario& scenario_;
  LinearProgram program_;
  optimize::SolveOptions options_;
  optimize::Solver& solver_;
  std::vector<double> open_upper_;
  std::vector<Duty> duties_;
  std::unique_ptr<Session> session_;
};

}  // namespace

std::vector<std::string> conflict(const Scenario& scenario, const Model& model, const MostShort& most_short, const optimize::SolveOptions& options, optimize::Solver& solver) {
  return Filter(scenario, model, most_short, options, solver).run();
}

}  // namespace tonnage::allocate
