#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "reasons.hpp"

namespace tonnage::allocate {

using optimize::Session;
using optimize::Solution;
using optimize::Status;

namespace {

constexpr std::size_t most_limits = 60;    // that are worth two solves each
constexpr double least_worth_usd = 0.5;    // per unit: below, nobody would act on it

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// All rows that one limit of a period became.
struct Limit {
  BindingLimit told;
  std::vector<int> rows;
  double dual_usd = 0;
  bool tight = false;
};

using Key = std::tuple<std::string, std::string, int>;

std::vector<Limit> all_limits(const Model& model, const Solution& relaxed) {
  std::map<Key, Limit> found;
  for (const LimitRow& row : model.limits) {
    const int period = row.kind == "limit" ? every_period : row.period;
    Limit& limit = found[{row.kind, row.name, period}];
    limit.told = {row.kind, row.name, period, 0, std::nullopt, row.unit, row.limit};
    const double upper = model.program.row_upper[at(row.row)];
    limit.rows.push_back(row.row);
    limit.dual_usd -= relaxed.row_dual[at(row.row)];
    limit.tight = limit.tight || model.program.activity(row.row, relaxed.x) >= upper - 1e-7 * std::max(1.0, std::fabs(upper));
  }
  // What adds up over periods is more in every later one too.
  for (const LimitRow& row : model.limits)
    if (row.so_far)
      for (auto& [key, limit] : found)
        if (std::get<0>(key) == row.kind && std::get<1>(key) == row.name && std::get<2>(key) < row.period) limit.rows.push_back(row.row);
  std::vector<Limit> out;
  for (auto& [key, limit] : found) out.push_back(std::move(limit));
  return out;
}

std::vector<Limit> tight_limits(const Model& model, const Solution& relaxed) {
  std::vector<Limit> out = all_limits(model, relaxed);
  std::erase_if(out, [](const Limit& limit) { return !limit.tight; });
  std::stable_sort(out.begin(), out.end(), [](const Limit& a, const Limit& b) { return a.dual_usd > b.dual_usd; });
  if (out.size() > most_limits) out.resize(most_limits);
  return out;
}

void sort_by_worth(std::vector<BindingLimit>& limits) {
  std::stable_sort(limits.begin(), limits.end(), [](const BindingLimit& a, const BindingLimit& b) {
    return std::tuple(-a.worth_usd, -a.loss_usd.value_or(0)) < std::tuple(-b.worth_usd, -b.loss_usd.value_or(0));
  });
}

/// Nodes come one by one; of power and money, a hundredth of the limit is little enough.
double step_of(const BindingLimit& limit) {
  if (limit.unit == "node") return 1;
  return limit.limit > 0 ? std::min(1.0, 0.01 * limit.limit) : 0.01;
}

Solution moved(const Model& model, const Limit& limit, double by, Session& session) {
  const auto set = [&](double change) {
    for (const int row : limit.rows) session.set_row(row, model.program.row_lower[at(row)], model.program.row_upper[at(row)] + change);
  };
  set(by);
  Solution out = session.solve();
  set(0);
  return out;
}

}  // namespace

std::vector<BindingLimit> binding_limits(const Model& model, const Solution& relaxed, const optimize::SolveOptions& options, optimize::Solver& solver) {
  std::vector<BindingLimit> out;
  std::vector<Limit> limits = tight_limits(model, relaxed);
  if (limits.empty()) return out;
  const auto session = solver.session(model.program, options);
  const Solution base = session->solve();
  if (base.status != Status::optimal) return out;
  for (Limit& limit : limits) {
    const double step = step_of(limit.told);
    const Solution more = moved(model, limit, step, *session);
    const bool can_be_less = limit.told.limit >= step * (1 - 1e-9);
    const Solution less = can_be_less ? moved(model, limit, -step, *session) : Solution();
    if (more.status != Status::optimal || less.status == Status::limit) continue;
    const auto per_unit = [&](double change) { return change <= 1e-9 * std::fabs(base.objective) ? 0 : change / step; };
    limit.told.worth_usd = per_unit(base.objective - more.objective);
    if (less.status == Status::optimal) limit.told.loss_usd = per_unit(less.objective - base.objective);
    const bool matters = limit.told.worth_usd > least_worth_usd || (can_be_less && limit.told.loss_usd.value_or(1) > least_worth_usd);
    if (matters) out.push_back(std::move(limit.told));
  }
  sort_by_worth(out);
  return out;
}

std::vector<BindingLimit> limits_by_dual(const Model& model, const Solution& relaxed) {
  std::vector<BindingLimit> out;
  for (Limit& limit : all_limits(model, relaxed)) {
    double worth = 0;
    for (const int row : limit.rows) worth -= relaxed.row_dual[at(row)];
    if (worth <= least_worth_usd) continue;
    limit.told.worth_usd = worth;
    limit.told.loss_usd = worth;
    out.push_back(std::move(limit.told));
  }
  sort_by_worth(out);
  if (out.size() > most_limits) out.resize(most_limits);
  return out;
}

}  // namespace tonnage::allocate
