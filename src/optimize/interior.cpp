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

constexpr int most_corrections = 2;
constexpr double aspiration = 0.3;        ///< how much longer a correction would have the step

struct Direction {
  Vector x, y, lower, upper;            ///< lower, upper: of the duals of the bounds
};

class InteriorPoint {
 public:
  InteriorPoint(const LinearProgram& p, const SolveOptions& options) : p_(p), options_(options), system_(p_, options.threads) {
    for (int j = 0; j < p_.columns; ++j) {
      bounds_.push_back(static_cast<char>((std::isfinite(p_.lower[at(j)]) ? 1 : 0) + (std::isfinite(p_.upper[at(j)]) ? 2 : 0)));
      pairs_ += has_lower(j) + has_upper(j);
    }
  }

  Status run() {
    start();
    for (iterations_ = 0; iterations_ < most_iterations; ++iterations_) {
      residuals();
      if (done()) return Status::optimal;
      if (options_.over()) return Status::limit;
      if (options_.progress) options_.progress(no_gap);
      if (!step()) return done(100) ? Status::optimal : Status::failed;
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
  bool has_lower(int j) const { return (bounds_[at(j)] & 1) != 0; }
  bool has_upper(int j) const { return (bounds_[at(j)] & 2) != 0; }
  double above(int j) const { return above_[at(j)]; }
  double below(int j) const { return below_[at(j)]; }

  /// The distances are kept beside the point: near a bound a difference would have no digits left.
  void measure() {
    above_.resize(x_.size());
    below_.resize(x_.size());
    for (int j = 0; j < p_.columns; ++j) {
      above_[at(j)] = x_[at(j)] - p_.lower[at(j)];
      below_[at(j)] = p_.upper[at(j)] - x_[at(j)];
    }
  }

  /// Least-squares points of both sides (Mehrotra 1992). What lies outside is mirrored, what lies near the boundary is moved
  /// away from it, by the mean distance: moving all by the worst one, as he did, took a quarter more iterations.
  void start() {
    const auto n = at(p_.columns), m = at(p_.rows);
    y_.assign(m, 0);
    zl_.assign(n, 0);
    zu_.assign(n, 0);
    rp_.resize(m);
    rd_.resize(n);
    x_.resize(n);
    for (int j = 0; j < p_.columns; ++j) x_[at(j)] = std::clamp(0.0, p_.lower[at(j)], p_.upper[at(j)]);
    system_.factor(Vector(n, 1.0));
    p_.multiply(x_, rp_);
    for (std::size_t i = 0; i < m; ++i) rp_[i] = p_.right[i] - rp_[i];
    Vector dx, dy;
    system_.solve(Vector(n, 0.0), rp_, dx, dy);
    for (int j = 0; j < p_.columns; ++j) x_[at(j)] += dx[at(j)];
    measure();
    system_.solve(p_.cost, Vector(m, 0.0), dx, y_);
    p_.multiply_transposed(y_, rd_);
    for (int j = 0; j < p_.columns; ++j) rd_[at(j)] = p_.cost[at(j)] - rd_[at(j)];
    move_inside();
  }

  void move_inside() {
    double distance = 0, price = 0;
    for (int j = 0; j < p_.columns; ++j) {
      if (has_lower(j) == has_upper(j)) continue;
      distance += std::fabs(has_lower(j) ? above(j) : below(j));
      price += std::fabs(rd_[at(j)]);
    }
    const double least_x = std::max(1e-3, distance / std::max(1, p_.columns)), least_z = std::max(1e-3, 10 * price / std::max(1, p_.columns));
    for (int j = 0; j < p_.columns; ++j) {
      const double z = std::max(std::fabs(rd_[at(j)]), least_z);
      if (has_lower(j) && has_upper(j)) {
        const double margin = std::min(least_x, 0.25 * (p_.upper[at(j)] - p_.lower[at(j)]));
        x_[at(j)] = std::clamp(x_[at(j)], p_.lower[at(j)] + margin, p_.upper[at(j)] - margin);
        zl_[at(j)] = z + std::max(0.0, rd_[at(j)]);
        zu_[at(j)] = z + std::max(0.0, -rd_[at(j)]);
      } else if (has_lower(j)) {
        x_[at(j)] = p_.lower[at(j)] + std::max(std::fabs(above(j)), least_x);
        zl_[at(j)] = z;
      } else if (has_upper(j)) {
        x_[at(j)] = p_.upper[at(j)] - std::max(std::fabs(below(j)), least_x);
        zu_[at(j)] = z;
      }
    }
    measure();
  }

  void residuals() {
    p_.multiply(x_, rp_);
    for (int i = 0; i < p_.rows; ++i) rp_[at(i)] = p_.right[at(i)] - rp_[at(i)];
    p_.multiply_transposed(y_, rd_);
    primal_ = dual_ = mu_ = 0;
    for (int i = 0; i < p_.rows; ++i) dual_ += p_.right[at(i)] * y_[at(i)];
    for (int j = 0; j < p_.columns; ++j) {
      rd_[at(j)] = p_.cost[at(j)] - rd_[at(j)] - zl_[at(j)] + zu_[at(j)];
      primal_ += p_.cost[at(j)] * x_[at(j)];
      if (has_lower(j)) {
        mu_ += above(j) * zl_[at(j)];
        dual_ += p_.lower[at(j)] * zl_[at(j)];
      }
      if (has_upper(j)) {
        mu_ += below(j) * zu_[at(j)];
        dual_ -= p_.upper[at(j)] * zu_[at(j)];
      }
    }
    mu_ /= std::max(1, pairs_);
  }

  bool done(double slack = 1) const {
    const double most = tolerance * slack;
    return largest(rp_) <= most * right_size_ && largest(rd_) <= most * cost_size_ && std::fabs(primal_ - dual_) <= most * (1e-3 + std::fabs(primal_));
  }

  bool step() {
    Vector inverse(at(p_.columns), 0.0);
    cl_.assign(at(p_.columns), 0.0);
    cu_ = cl_;
    for (int j = 0; j < p_.columns; ++j) {
      if (has_lower(j)) {
        inverse[at(j)] += zl_[at(j)] / above(j);
        cl_[at(j)] = -above(j) * zl_[at(j)];
      }
      if (has_upper(j)) {
        inverse[at(j)] += zu_[at(j)] / below(j);
        cu_[at(j)] = -below(j) * zu_[at(j)];
      }
    }
    system_.factor(inverse);
    Direction now, change;
    direction(rd_, rp_, now);
    Steps steps = longest(now);
    const double target = centring(now, steps) * mu_;
    for (int j = 0; j < p_.columns; ++j) {
      if (has_lower(j)) cl_[at(j)] = target - now.x[at(j)] * now.lower[at(j)];
      if (has_upper(j)) cu_[at(j)] = target + now.x[at(j)] * now.upper[at(j)];
    }
    direction(no_dual_, no_primal_, change);
    add_best_part(change, now, steps);
    for (int round = 0; round < most_corrections && std::min(steps.primal, steps.dual) < 0.9; ++round) {
      const Steps before = steps;
      pull_back(target, steps, now);
      direction(no_dual_, no_primal_, change);
      add_best_part(change, now, steps);
      if (steps.primal + steps.dual < before.primal + before.dual + 0.05) break;
    }
    return advance(now, steps);
  }

  /// Solves for the complementarity in cl_, cu_.
  void direction(const Vector& rd, const Vector& rp, Direction& out) {
    right_ = rd;
    for (int j = 0; j < p_.columns; ++j) {
      if (has_lower(j)) right_[at(j)] -= cl_[at(j)] / above(j);
      if (has_upper(j)) right_[at(j)] += cu_[at(j)] / below(j);
    }
    system_.solve(right_, rp, out.x, out.y);
    out.lower.resize(at(p_.columns));  // what has no bound stays 0
    out.upper.resize(at(p_.columns));
    for (int j = 0; j < p_.columns; ++j) {
      if (has_lower(j)) out.lower[at(j)] = (cl_[at(j)] - zl_[at(j)] * out.x[at(j)]) / above(j);
      if (has_upper(j)) out.upper[at(j)] = (cu_[at(j)] + zu_[at(j)] * out.x[at(j)]) / below(j);
    }
  }

  struct Steps {
    double primal = 1, dual = 1;
  };
  Steps longest(const Direction& d) const {
    double primal = 1, dual = 1;  // largest shrinkage
    for (int j = 0; j < p_.columns; ++j) {
      if (has_lower(j)) {
        primal = std::max(primal, -d.x[at(j)] / above(j));
        dual = std::max(dual, -d.lower[at(j)] / zl_[at(j)]);
      }
      if (has_upper(j)) {
        primal = std::max(primal, d.x[at(j)] / below(j));
        dual = std::max(dual, -d.upper[at(j)] / zu_[at(j)]);
      }
    }
    return {1 / primal, 1 / dual};
  }

  /// Adds the share of a correction that lets the step be longest, on each side (Colombo, Gondzio 2008).
  void add_best_part(const Direction& change, Direction& now, Steps& steps) const {
    constexpr std::array<double, 6> shares{1, 0.75, 0.5, 0.3, 0.15, 0.05};
    std::array<double, 6> primal, dual;
    primal.fill(1);
    dual.fill(1);
    const auto shrink = [&](std::array<double, 6>& most, double value, double first, double second) {
      const double a = -first / value, b = -second / value;
      for (std::size_t k = 0; k < shares.size(); ++k) most[k] = std::max(most[k], a + shares[k] * b);
    };
    for (int j = 0; j < p_.columns; ++j) {
      if (has_lower(j)) {
        shrink(primal, above(j), now.x[at(j)], change.x[at(j)]);
        shrink(dual, zl_[at(j)], now.lower[at(j)], change.lower[at(j)]);
      }
      if (has_upper(j)) {
        shrink(primal, below(j), -now.x[at(j)], -change.x[at(j)]);
        shrink(dual, zu_[at(j)], now.upper[at(j)], change.upper[at(j)]);
      }
    }
    const auto best_p = static_cast<std::size_t>(std::min_element(primal.begin(), primal.end()) - primal.begin());
    const auto best_d = static_cast<std::size_t>(std::min_element(dual.begin(), dual.end()) - dual.begin());
    for (int j = 0; j < p_.columns; ++j) {
      now.x[at(j)] += shares[best_p] * change.x[at(j)];
      now.lower[at(j)] += shares[best_d] * change.lower[at(j)];
      now.upper[at(j)] += shares[best_d] * change.upper[at(j)];
    }
    for (int i = 0; i < p_.rows; ++i) now.y[at(i)] += shares[best_d] * change.y[at(i)];
    steps = {1 / primal[best_p], 1 / dual[best_d]};
  }

  double centring(const Direction& d, const Steps& steps) const {
    double after = 0;
    for (int j = 0; j < p_.columns; ++j) {
      if (has_lower(j)) after += (above(j) + steps.primal * d.x[at(j)]) * (zl_[at(j)] + steps.dual * d.lower[at(j)]);
      if (has_upper(j)) after += (below(j) - steps.primal * d.x[at(j)]) * (zu_[at(j)] + steps.dual * d.upper[at(j)]);
    }
    const double ratio = after / std::max(1, pairs_) / mu_;
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
    for (int j = 0; j < p_.columns; ++j) {
      if (has_lower(j)) cl_[at(j)] = pull((above(j) + primal * now.x[at(j)]) * (zl_[at(j)] + dual * now.lower[at(j)]));
      if (has_upper(j)) cu_[at(j)] = pull((below(j) - primal * now.x[at(j)]) * (zu_[at(j)] + dual * now.upper[at(j)]));
    }
  }

  bool advance(const Direction& d, const Steps& steps) {
    const double keep = mu_ < 0.05 ? 0.9995 : 0.99;  // of the way to the boundary
    const double primal = std::min(1.0, keep * steps.primal), dual = std::min(1.0, keep * steps.dual);
    if (!(primal > 1e-8 || dual > 1e-8)) return false;
    for (int j = 0; j < p_.columns; ++j) {
      x_[at(j)] += primal * d.x[at(j)];
      above_[at(j)] += primal * d.x[at(j)];
      below_[at(j)] -= primal * d.x[at(j)];
      zl_[at(j)] += dual * d.lower[at(j)];
      zu_[at(j)] += dual * d.upper[at(j)];
    }
    for (int i = 0; i < p_.rows; ++i) y_[at(i)] += dual * d.y[at(i)];
    return std::isfinite(primal_) && std::isfinite(dual_);
  }

  EquilibratedProgram p_;
  SolveOptions options_;
  StepSystem system_;
  std::vector<char> bounds_;            ///< 1: a lower one, 2: an upper one
  int pairs_ = 0, iterations_ = 0;
  Vector x_, above_, below_, y_, zl_, zu_, rp_, rd_, cl_, cu_, right_;
  Vector no_primal_ = Vector(at(p_.rows), 0.0), no_dual_ = Vector(at(p_.columns), 0.0);
  double right_size_ = 1 + largest(p_.right), cost_size_ = 1 + largest(p_.cost);
  double primal_ = 0, dual_ = 0, mu_ = 0;
};

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
  const auto proved = [&](Status status) {
    Solution found;
    found.status = status;
    found.iterations = method.iterations();
    reduced.restore(method.x(), method.row_dual(), found);
    found.bound = dual_bound(program, found.row_dual, found.objective + std::fabs(found.objective));
    return found;
  };
  out.status = method.run();
  if (out.status == Status::failed) return out;
  out = proved(out.status);
  if (out.status == Status::limit) out.x.clear();  // it keeps no row yet
  // A last long step leaves duals that are a little off; where that costs digits of the bound, a few steps more mend it.
  for (int in_vain = 0; in_vain < most_in_vain && out.status == Status::optimal && out.objective - out.bound > well_proved * std::fabs(out.objective); ++in_vain) {
    if (!method.refine()) break;
    Solution next = proved(Status::optimal);
    if (next.bound <= out.bound) continue;
    if (next.bound - out.bound > 0.3 * (out.objective - out.bound)) in_vain = -1;
    out = std::move(next);
  }
  return out;
}

}  // namespace tonnage::optimize
