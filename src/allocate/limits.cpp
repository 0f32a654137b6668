#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
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
    limit.told = {row.kind, row.name, period, 0, std::nullopt, row.unit, row.limit, std::nullopt, std::nullopt};
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

/// Solves of the relaxation with one limit moved.
class Moved {
 public:
  Moved(const Model& model, const optimize::SolveOptions& options, optimize::Solver& solver) : program_(model.program), session_(solver.session(model.program, options)), base_(session_->solve()) {}

  const Solution& base() const { return base_; }

  /// By so much more; by infinity: without the limit.
  Solution by(const Limit& limit, double change) {
    const auto set = [&](double more) {
      for (const int row : limit.rows) session_->set_row(row, program_.row_lower[at(row)], program_.row_upper[at(row)] + more);
    };
    set(change);
    Solution out = session_->solve();
    set(0);
    return out;
  }

 private:
  const optimize::LinearProgram& program_;
  std::unique_ptr<Session> session_;
  Solution base_;
};

/// How far the cost changes in proportion. The least cost is convex in what a limit allows, so it lies above each of its tangents: where the
/// line from here meets the tangent at a point beyond, the line ends at the latest. Tangents are taken there, from the far end inwards, until
/// the cost lies on the line (Newton's method for the breakpoint nearest to a vertex of a piecewise linear function).
class LinearRange {
 public:
  LinearRange(Moved& moved, const Limit& limit, double direction, double slope_usd) : moved_(moved), limit_(limit), direction_(direction), slope_usd_(slope_usd) {}

  /// Change of the limit, at least `step`, at which the line ends; nothing: nowhere before `end`, or not found.
  std::optional<double> end(double step, double end) {
    double low = step, high = end;
    for (int solves = 0; solves < most_solves && high > low * (1 + 1e-6); ++solves) {
      const Solution there = moved_.by(limit_, direction_ * high);
      const double line = moved_.base().objective + slope_usd_ * (std::isinf(high) ? 0 : high);
      if (there.status != Status::optimal) {  // no plan with so little
        if (std::isinf(high)) return std::nullopt;
        const double middle = (low + high) / 2;
        if (on_line(middle)) low = middle;
        else high = middle;
        continue;
      }
      if (!std::isinf(high) && there.objective <= line + tolerance()) return high < end ? std::optional(high) : std::nullopt;
      high = std::max(low, meets(there, high));
    }
    return high < end ? std::optional(high) : std::nullopt;
  }

 private:
  static constexpr int most_solves = 24;

  double tolerance() const { return 1e-9 * std::fabs(moved_.base().objective) + 1e-6; }

  bool on_line(double change) {
    const Solution there = moved_.by(limit_, direction_ * change);
    return there.status == Status::optimal && there.objective <= moved_.base().objective + slope_usd_ * change + tolerance();
  }

  /// Where the line from here meets the tangent there.
  double meets(const Solution& there, double at_change) const {
    if (std::isinf(at_change)) return (there.objective - moved_.base().objective) / slope_usd_;
    double tangent = 0;
    for (const int row : limit_.rows) tangent += direction_ * there.row_dual[at(row)];
    const double apart = tangent - slope_usd_;
    return apart > 0 ? at_change - (there.objective - moved_.base().objective - slope_usd_ * at_change) / apart : at_change;
  }

  Moved& moved_;
  const Limit& limit_;
  double direction_;   ///< 1: more, -1: less
  double slope_usd_;   ///< cost per unit of change that way
};

/// How far the two values of a limit hold.
void tell_ranges(Moved& moved, const Limit& limit, double step, BindingLimit& told) {
  if (told.worth_usd > 0)
    if (const auto end = LinearRange(moved, limit, 1, -told.worth_usd).end(step, optimize::infinity)) told.worth_until = told.limit + *end;
  if (told.loss_usd && *told.loss_usd > 0 && told.limit > step)
    if (const auto end = LinearRange(moved, limit, -1, *told.loss_usd).end(step, told.limit)) told.loss_until = told.limit - *end;
}

}  // namespace

std::vector<BindingLimit> binding_limits(const Model& model, const Solution& relaxed, bool ranges, const optimize::SolveOptions& options, optimize::Solver& solver) {
  std::vector<BindingLimit> out;
  std::vector<Limit> limits = tight_limits(model, relaxed);
  if (limits.empty()) return out;
  Moved moved(model, options, solver);
  const Solution& base = moved.base();
  if (base.status != Status::optimal) return out;
  for (Limit& limit : limits) {
    const double step = step_of(limit.told);
    const Solution more = moved.by(limit, step);
    const bool can_be_less = limit.told.limit >= step * (1 - 1e-9);
    const Solution less = can_be_less ? moved.by(limit, -step) : Solution();
    if (more.status != Status::optimal || less.status == Status::limit) continue;
    const auto per_unit = [&](double change) { return change <= 1e-9 * std::fabs(base.objective) ? 0 : change / step; };
    limit.told.worth_usd = per_unit(base.objective - more.objective);
    if (less.status == Status::optimal) limit.told.loss_usd = per_unit(less.objective - base.objective);
    const bool matters = limit.told.worth_usd > least_worth_usd || (can_be_less && limit.told.loss_usd.value_or(1) > least_worth_usd);
    if (!matters) continue;
    if (ranges) tell_ranges(moved, limit, step, limit.told);
    out.push_back(std::move(limit.told));
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
