#include "interior.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "equilibrated.hpp"
#include "reduced.hpp"
#include "step_system.hpp"

namespace tonnage::optimize {

namespace {

constexpr double tolerance = 1e-8;
constexpr int most_iterations = 200;
constexpr double no_gap = std::numeric_limits<double>::quiet_NaN();

std::size_t at(int i) { return static_cast<std::size_t>(i); }

using Vector = std::vector<double>;

constexpr double solves_by_factor = 40;   ///< operations of a factor, by those of a solve, that are worth a correction more: factors use a processor better
constexpr int most_corrections = 4;
constexpr double least_product = 1e-6;    ///< of distance and price where a similar program's iterate is taken up
constexpr double promising = 0.1;         ///< a first step from there that is no shorter, on either side
constexpr std::array<double, 4> milestones{1e-1, 1e-2, 1e-3, 1e-4};  ///< relative gaps of the iterates that similar programs may begin at
constexpr double aspiration = 0.3;        ///< how much longer a correction would have the step

/// Sum of the sizes of the products.
double worth(const Vector& a, const Vector& b) {
  double out = 0;
  for (std::size_t i = 0; i < a.size(); ++i) out += std::fabs(a[i] * b[i]);
  return out;
}

/// The pairs of a kind of bound: the distance of a column from it and the price of it.
struct Side {
  double sign;                          ///< of the distance, as the column grows
  std::vector<int> column;
  Vector distance, price;               ///< kept beside the point: near a bound a difference would have no digits left
  Vector by_distance, by_price;         ///< inverses of both, in this iteration
  Vector product;                       ///< what distance x price is to become, less what it is now
  std::size_t size() const { return column.size(); }
};

struct Direction {
  Vector x, y;
  std::array<Vector, 2> price;          ///< by side
};

class InteriorPoint {
 public:
  InteriorPoint(const LinearProgram& p, const SolveOptions& options) : p_(p), options_(options), system_(p_, options.threads, options.elimination) {
    for (int j = 0; j < p_.columns; ++j) {
      if (has_lower(j)) sides_[0].column.push_back(j);
      if (has_upper(j)) sides_[1].column.push_back(j);
    }
    for (Side& side : sides_)
      for (Vector* v : {&side.distance, &side.price, &side.by_distance, &side.by_price, &side.product}) v->assign(side.size(), 0);
    corrections_ = std::clamp(static_cast<int>(system_.factor_by_solve() / solves_by_factor), 1, most_corrections);  // Gondzio 1996, section 4
    rp_.resize(at(p_.rows));
    rd_.resize(at(p_.columns));
    pairs_ = std::max(1.0, static_cast<double>(sides_[0].size() + sides_[1].size()));
  }

  /// `begin`: of a similar program, at the milestones. The last one is taken from which a step leads on.
  void start(const std::vector<Iterate>& begin) {
    for (std::size_t k = begin.size(); k-- > 0;) {
      start_at(begin[k]);
      if (k == 0) return;
      residuals();
      ++iterations_;
      if (step() && last_.primal > promising && last_.dual > promising) return;
    }
    start_anew();
  }

  /// On to where infeasibility and gap are within `most`.
  Status run(double most) {
    for (; iterations_ < most_iterations; ++iterations_) {
      residuals();
      if (options_.keep_iterates && passed_.size() < milestones.size() && within(milestones[passed_.size()])) passed_.push_back(iterate());
      if (within(most)) return Status::optimal;
      if (options_.over()) return Status::limit;
      if (options_.progress) options_.progress(no_gap);
      if (!step()) return within(100 * tolerance) ? Status::optimal : Status::failed;
    }
    return Status::failed;
  }

  /// One more step, from a point that is good already.
  bool refine() {
    ++iterations_;
    residuals();
    return step();
  }

  int iterations() const { return iterations_; }
  const std::shared_ptr<const Elimination>& elimination() const { return system_.elimination(); }
  Iterate iterate() const {
    Vector price(at(p_.structural()), 0.0);
    each_pair([&](const Side& side, std::size_t k) {
      if (const auto j = at(side.column[k]); j < price.size()) price[j] += side.sign * side.price[k] * p_.price / p_.column_scale[j];
    });
    return {x(), row_dual(), std::move(price)};
  }
  /// At the milestones.
  const std::vector<Iterate>& passed() const { return passed_; }
  Vector x() const {
    Vector out(at(p_.structural()));
    for (std::size_t j = 0; j < out.size(); ++j) out[j] = x_[j] * p_.column_scale[j] * p_.size;
    return out;
  }
  Vector row_dual() const {
    Vector out = y_;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] *= p_.row_scale[i] * p_.price;
    return out;
  }

 private:
  bool has_lower(int j) const { return std::isfinite(p_.lower[at(j)]); }
  bool has_upper(int j) const { return std::isfinite(p_.upper[at(j)]); }

  /// Least-squares points of both sides (Mehrotra 1992). What lies outside is mirrored, what lies near the boundary is moved
  /// away from it, by the mean distance: moving all by the worst one, as he did, took a quarter more iterations.
  void start_anew() {
    const auto n = at(p_.columns), m = at(p_.rows);
    y_.assign(m, 0);
    x_.resize(n);
    for (int j = 0; j < p_.columns; ++j) x_[at(j)] = std::clamp(0.0, p_.lower[at(j)], p_.upper[at(j)]);
    system_.factor(Vector(n, 1.0));
    p_.multiply(x_, rp_);
    for (std::size_t i = 0; i < m; ++i) rp_[i] = p_.right[i] - rp_[i];
    Vector dx, dy;
    system_.solve(no_dual_, rp_, dx, dy);
    for (int j = 0; j < p_.columns; ++j) x_[at(j)] += dx[at(j)];
    system_.solve(p_.cost, no_primal_, dx, y_);
    p_.multiply_transposed(y_, rd_);
    for (int j = 0; j < p_.columns; ++j) rd_[at(j)] = p_.cost[at(j)] - rd_[at(j)];
    move_inside();
  }

  /// An iterate of a similar program: what lies out of bounds is moved back, and pairs that are too small grow.
  void start_at(const Iterate& from) {
    x_.assign(at(p_.columns), 0);
    for (int j = 0; j < p_.structural(); ++j) x_[at(j)] = from.x[at(j)] / (p_.column_scale[at(j)] * p_.size);
    p_.multiply(x_, rp_);
    for (int j = p_.structural(); j < p_.columns; ++j) x_[at(j)] = rp_[at(p_.slack_row(j))];
    y_.resize(at(p_.rows));
    for (int i = 0; i < p_.rows; ++i) y_[at(i)] = from.row_dual[at(i)] / (p_.row_scale[at(i)] * p_.price);
    Vector price = from.column_dual;
    for (std::size_t j = 0; j < price.size(); ++j) price[j] *= p_.column_scale[j] / p_.price;
    for (int j = p_.structural(); j < p_.columns; ++j) price.push_back(y_[at(p_.slack_row(j))]);
    double sum = 0;
    each_pair([&](const Side& side, std::size_t k) { sum += std::max(0.0, from_bound(side, k)) * std::max(0.0, side.sign * price[at(side.column[k])]); });
    const double target = std::max(least_product, sum / pairs_), apart = std::sqrt(target);
    each_pair([&](const Side& side, std::size_t k) {
      const int j = side.column[k];
      if (from_bound(side, k) * std::max(0.0, side.sign * price[at(j)]) > 0.1 * target) return;
      const double room = has_lower(j) && has_upper(j) ? std::min(apart, 0.25 * (p_.upper[at(j)] - p_.lower[at(j)])) : apart;
      if (from_bound(side, k) < room) x_[at(j)] += side.sign * (room - from_bound(side, k));
    });
    for (Side& side : sides_)
      for (std::size_t k = 0; k < side.size(); ++k) {
        side.distance[k] = from_bound(side, k);
        side.price[k] = std::max(0.1 * target / side.distance[k], side.sign * price[at(side.column[k])]);
      }
  }

  double from_bound(const Side& side, std::size_t k) const {
    const auto j = at(side.column[k]);
    return side.sign > 0 ? x_[j] - p_.lower[j] : p_.upper[j] - x_[j];
  }

  template <class F>
  void each_pair(F f) const {
    for (const Side& side : sides_)
      for (std::size_t k = 0; k < side.size(); ++k) f(side, k);
  }

  void move_inside() {
    double distance = 0, price = 0;
    for (int j = 0; j < p_.columns; ++j) {
      if (has_lower(j) == has_upper(j)) continue;
      distance += std::fabs(has_lower(j) ? x_[at(j)] - p_.lower[at(j)] : p_.upper[at(j)] - x_[at(j)]);
      price += std::fabs(rd_[at(j)]);
    }
    const double least_x = std::max(1e-3, distance / std::max(1, p_.columns)), least_z = std::max(1e-3, 10 * price / std::max(1, p_.columns));
    for (int j = 0; j < p_.columns; ++j) {
      const double lower = p_.lower[at(j)], upper = p_.upper[at(j)];
      double& x = x_[at(j)];
      if (has_lower(j) && has_upper(j)) {
        const double margin = std::min(least_x, 0.25 * (upper - lower));
        x = std::clamp(x, lower + margin, upper - margin);
      } else if (has_lower(j)) x = lower + std::max(std::fabs(x - lower), least_x);
      else if (has_upper(j)) x = upper - std::max(std::fabs(upper - x), least_x);
    }
    for (Side& side : sides_)
      for (std::size_t k = 0; k < side.size(); ++k) {
        const int j = side.column[k];
        const double reduced = rd_[at(j)];
        side.distance[k] = from_bound(side, k);
        side.price[k] = std::max(std::fabs(reduced), least_z) + (has_lower(j) && has_upper(j) ? std::max(0.0, side.sign * reduced) : 0);
      }
  }

  void residuals() {
    p_.multiply(x_, rp_);
    for (int i = 0; i < p_.rows; ++i) rp_[at(i)] = p_.right[at(i)] - rp_[at(i)];
    p_.multiply_transposed(y_, rd_);
    primal_ = dual_ = mu_ = 0;
    for (int i = 0; i < p_.rows; ++i) dual_ += p_.right[at(i)] * y_[at(i)];
    for (int j = 0; j < p_.columns; ++j) {
      rd_[at(j)] = p_.cost[at(j)] - rd_[at(j)];
      primal_ += p_.cost[at(j)] * x_[at(j)];
    }
    for (const Side& side : sides_) {
      const Vector& bound = side.sign > 0 ? p_.lower : p_.upper;
      for (std::size_t k = 0; k < side.size(); ++k) {
        const auto j = at(side.column[k]);
        rd_[j] -= side.sign * side.price[k];
        mu_ += side.distance[k] * side.price[k];
        dual_ += side.sign * bound[j] * side.price[k];
      }
    }
    mu_ /= pairs_;
  }

  bool within(double most) const {
    // What the infeasibilities are worth counts too: both costs can be off by more than they are apart.
    const double value = most * (1e-3 + std::fabs(primal_));
    return largest(rp_) <= most * right_size_ && largest(rd_) <= most * cost_size_ && std::fabs(primal_ - dual_) <= value && worth(rp_, y_) <= value && worth(rd_, x_) <= value;
  }

  bool step() {
    Vector inverse(at(p_.columns), 0.0);
    for (Side& side : sides_)
      for (std::size_t k = 0; k < side.size(); ++k) {
        side.by_distance[k] = 1 / side.distance[k];
        side.by_price[k] = 1 / side.price[k];
        inverse[at(side.column[k])] += side.price[k] * side.by_distance[k];
        side.product[k] = -side.distance[k] * side.price[k];
      }
    system_.factor(inverse);
    direction(rd_, rp_, now_);
    Steps steps = longest(now_);
    const double target = centring(now_, steps) * mu_;
    for (std::size_t s = 0; s < 2; ++s) {
      Side& side = sides_[s];
      for (std::size_t k = 0; k < side.size(); ++k) side.product[k] = target - side.sign * now_.x[at(side.column[k])] * now_.price[s][k];
    }
    direction(no_dual_, no_primal_, change_);
    add_best_part(change_, now_, steps);
    for (int round = 0; round < corrections_ && std::min(steps.primal, steps.dual) < 0.9; ++round) {
      const Steps before = steps;
      pull_back(target, steps, now_);
      direction(no_dual_, no_primal_, change_);
      add_best_part(change_, now_, steps);
      if (steps.primal + steps.dual < before.primal + before.dual + 0.05) break;
    }
    last_ = steps;
    return advance(now_, steps);
  }

  /// Solves for the products that the sides are to have.
  void direction(const Vector& rd, const Vector& rp, Direction& out) {
    right_ = rd;
    for (const Side& side : sides_)
      for (std::size_t k = 0; k < side.size(); ++k) right_[at(side.column[k])] -= side.sign * side.product[k] * side.by_distance[k];
    system_.solve(right_, rp, out.x, out.y);
    for (std::size_t s = 0; s < 2; ++s) {
      const Side& side = sides_[s];
      out.price[s].resize(side.size());
      for (std::size_t k = 0; k < side.size(); ++k) out.price[s][k] = (side.product[k] - side.sign * side.price[k] * out.x[at(side.column[k])]) * side.by_distance[k];
    }
  }

  struct Steps {
    double primal = 1, dual = 1;
  };
  Steps longest(const Direction& d) const {
    double primal = 1, dual = 1;  // largest shrinkage
    for (std::size_t s = 0; s < 2; ++s) {
      const Side& side = sides_[s];
      for (std::size_t k = 0; k < side.size(); ++k) {
        primal = std::max(primal, -side.sign * d.x[at(side.column[k])] * side.by_distance[k]);
        dual = std::max(dual, -d.price[s][k] * side.by_price[k]);
      }
    }
    return {1 / primal, 1 / dual};
  }

  /// Adds the share of a correction that lets the step be longest, on each side (Colombo, Gondzio 2008).
  void add_best_part(const Direction& change, Direction& now, Steps& steps) const {
    static constexpr std::array<double, 6> shares{1, 0.75, 0.5, 0.3, 0.15, 0.05};
    struct Shrinkage {
      std::array<double, 6> most{1, 1, 1, 1, 1, 1};
      double least = 1;                 ///< of those
      void note(double first, double second) {
        if (!(std::max(first, first + second) > least)) return;
        for (std::size_t i = 0; i < shares.size(); ++i) most[i] = std::max(most[i], first + shares[i] * second);
        least = *std::min_element(most.begin(), most.end());
      }
      std::size_t best() const { return static_cast<std::size_t>(std::min_element(most.begin(), most.end()) - most.begin()); }
    } primal, dual;
    for (std::size_t s = 0; s < 2; ++s) {
      const Side& side = sides_[s];
      for (std::size_t k = 0; k < side.size(); ++k) {
        const auto j = at(side.column[k]);
        const double by = -side.sign * side.by_distance[k];
        primal.note(now.x[j] * by, change.x[j] * by);
        dual.note(-now.price[s][k] * side.by_price[k], -change.price[s][k] * side.by_price[k]);
      }
    }
    const std::size_t best_p = primal.best(), best_d = dual.best();
    const auto add = [](double share, const Vector& from, Vector& to) {
      for (std::size_t i = 0; i < to.size(); ++i) to[i] += share * from[i];
    };
    add(shares[best_p], change.x, now.x);
    add(shares[best_d], change.y, now.y);
    for (std::size_t s = 0; s < 2; ++s) add(shares[best_d], change.price[s], now.price[s]);
    steps = {1 / primal.most[best_p], 1 / dual.most[best_d]};
  }

  double centring(const Direction& d, const Steps& steps) const {
    double after = 0;
    for (std::size_t s = 0; s < 2; ++s) {
      const Side& side = sides_[s];
      for (std::size_t k = 0; k < side.size(); ++k) after += (side.distance[k] + steps.primal * side.sign * d.x[at(side.column[k])]) * (side.price[k] + steps.dual * d.price[s][k]);
    }
    const double ratio = after / pairs_ / mu_;
    return std::clamp(ratio * ratio * ratio, 1e-6, 1.0);
  }

  /// Gondzio 1996: pulls the products that a longer step would make too small or too large back towards the target.
  void pull_back(double target, const Steps& steps, const Direction& now) {
    const double primal = std::min(1.0, steps.primal + aspiration), dual = std::min(1.0, steps.dual + aspiration);
    const auto pull = [&](double product) {
      if (product < 0.1 * target) return 0.1 * target - product;
      if (product > 10 * target) return std::max(10 * target - product, -10 * target);
      return 0.0;
    };
    for (std::size_t s = 0; s < 2; ++s) {
      Side& side = sides_[s];
      for (std::size_t k = 0; k < side.size(); ++k)
        side.product[k] = pull((side.distance[k] + primal * side.sign * now.x[at(side.column[k])]) * (side.price[k] + dual * now.price[s][k]));
    }
  }

  bool advance(const Direction& d, const Steps& steps) {
    const double keep = mu_ < 0.05 ? 0.9995 : 0.99;  // of the way to the boundary
    const double primal = std::min(1.0, keep * steps.primal), dual = std::min(1.0, keep * steps.dual);
    if (!(primal > 1e-8 || dual > 1e-8)) return false;
    for (int j = 0; j < p_.columns; ++j) x_[at(j)] += primal * d.x[at(j)];
    for (int i = 0; i < p_.rows; ++i) y_[at(i)] += dual * d.y[at(i)];
    for (std::size_t s = 0; s < 2; ++s) {
      Side& side = sides_[s];
      for (std::size_t k = 0; k < side.size(); ++k) {
        side.distance[k] += primal * side.sign * d.x[at(side.column[k])];
        side.price[k] += dual * d.price[s][k];
      }
    }
    return std::isfinite(primal_) && std::isfinite(dual_);
  }

  EquilibratedProgram p_;
  SolveOptions options_;
  StepSystem system_;
  std::array<Side, 2> sides_{Side{1, {}, {}, {}, {}, {}, {}}, Side{-1, {}, {}, {}, {}, {}, {}}};
  double pairs_ = 1;
  int iterations_ = 0, corrections_ = 1;
  std::vector<Iterate> passed_;
  Vector x_, y_, rp_, rd_, right_;
  Direction now_, change_;
  Steps last_;
  Vector no_primal_ = Vector(at(p_.rows), 0.0), no_dual_ = Vector(at(p_.columns), 0.0);
  double right_size_ = 1 + largest(p_.right), cost_size_ = 1 + largest(p_.cost);
  double primal_ = 0, dual_ = 0, mu_ = 0;
};

SolveOptions anew(SolveOptions options) {
  options.begin = nullptr;
  return options;
}

}  // namespace

Solution solve_interior(const LinearProgram& program, const SolveOptions& options) {
  constexpr double well_proved = 1e-7;
  constexpr int most_in_vain = 3;
  Solution out;
  const Reduced reduced(program);
  if (reduced.infeasible()) {
    out.status = Status::infeasible;
    return out;
  }
  InteriorPoint method(reduced.program(), options);
  std::vector<Iterate> begin;
  if (options.begin != nullptr)
    for (const Iterate& one : *options.begin) begin.push_back(reduced.reduce(one));
  method.start(begin);
  const auto proved = [&](Status status) {
    Solution found;
    found.status = status;
    found.iterations = method.iterations();
    reduced.restore(method.x(), method.row_dual(), found);
    found.bound = dual_bound(program, found.row_dual, found.objective + std::fabs(found.objective));
    return found;
  };
  const auto open = [](const Solution& found) { return (found.objective - found.bound) / std::fabs(found.objective); };
  // Where the asked gap leaves digits to spare, it is proved as soon as may be.
  for (double most = std::max(tolerance, options.relative_gap);; most = std::max(tolerance, most / 4)) {
    out.status = method.run(most);
    if (out.status == Status::failed && !begin.empty()) return solve_interior(program, anew(options));
    if (out.status == Status::failed) return out;
    out = proved(out.status);
    if (out.status == Status::limit || most <= tolerance || open(out) <= options.relative_gap) break;
  }
  // A last long step leaves duals that are a little off; where that costs digits of the bound, a few steps more mend it.
  const double wanted = std::max(well_proved, options.relative_gap);
  for (int in_vain = 0; in_vain < most_in_vain && out.status == Status::optimal && open(out) > wanted; ++in_vain) {
    if (!method.refine()) break;
    Solution next = proved(Status::optimal);
    if (next.bound <= out.bound) continue;
    if (next.bound - out.bound > 0.3 * (out.objective - out.bound)) in_vain = -1;
    out = std::move(next);
  }
  if (out.status == Status::limit) {
    out.bound = std::max(out.bound, dual_bound(program, std::vector<double>(program.row_lower.size(), 0.0), infinity));
    out.iterates = {reduced.restore(method.iterate())};
    out.x.clear();
    return out;
  }
  for (const Iterate& one : method.passed()) out.iterates.push_back(reduced.restore(one));
  if (options.keep_iterates) out.elimination = method.elimination();
  return out;
}

}  // namespace tonnage::optimize
