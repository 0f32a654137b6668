// A linear program with integer columns, and a solver for it. Minimise offset + c'x, row bounds, column bounds.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tonnage/core/deadline.hpp"
#include "tonnage/core/stop.hpp"

namespace tonnage::optimize {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// Terms of a row: column and coefficient. Repeated columns are added up.
using Terms = std::vector<std::pair<int, double>>;

/// Sum of coefficient times column at x.
double value(const Terms& terms, const std::vector<double>& x);

class LinearProgram {
 public:
  int add_column(std::string name, double cost, double lower, double upper, bool integer = false);
  int add_row(std::string name, double lower, double upper, const Terms& terms);

  /// Adds the row: terms <= limit, in a scale in which the largest coefficient is 1; none where all are 0.
  void at_most(std::string name, Terms terms, double limit);

  int columns() const { return static_cast<int>(cost.size()); }
  int rows() const { return static_cast<int>(row_lower.size()); }
  int integers() const;
  std::size_t nonzeros() const { return index.size(); }
  /// Activity of a row at x.
  double activity(int row, const std::vector<double>& x) const;
  double objective(const std::vector<double>& x) const;
  /// Columns that cost something, with what they cost.
  Terms costs() const;

  /// Parts of the program that meet only in linking rows and columns are eliminated apart from each other.
  void link_column(int column) { linking_column[static_cast<std::size_t>(column)] = 1; }
  void link_row(int row) { linking_row[static_cast<std::size_t>(row)] = 1; }

  double offset = 0;
  std::vector<double> cost, lower, upper;
  std::vector<char> integer, linking_column, linking_row;
  std::vector<std::string> column_names;
  std::vector<double> row_lower, row_upper;
  std::vector<std::string> row_names;
  std::vector<int> start{0};   ///< row-wise: terms of row i are [start[i], start[i + 1])
  std::vector<int> index;
  std::vector<double> value;
};

enum class Status { optimal, infeasible, unbounded, limit, failed };
const char* to_string(Status status);

/// By column and row: at its lower bound, at its upper one, or between them.
enum class Place : char { lower, between, upper };
struct Basis {
  std::vector<Place> column, row;
};

/// A point and duals on the way of an interior-point method: inside its bounds, near what the rows ask, not there.
struct Iterate {
  std::vector<double> x, row_dual;
  std::vector<double> column_dual;   ///< prices of the lower bounds less those of the upper ones
};

class Elimination;

struct SolveOptions {
  double relative_gap = 1e-4;      ///< stop when (objective - bound) / |objective| is at most this; a vertex is exact
  Deadline deadline;               ///< the one option that can make two runs differ
  bool relax = false;              ///< ignore integrality
  bool vertex = true;              ///< without: any optimal point will do, which is found sooner in large programs
  int threads = 1;                 ///< never changes a result
  const std::vector<double>* start = nullptr;  ///< whole decisions: a point to improve on; may be none
  const std::vector<Iterate>* begin = nullptr; ///< without a vertex: of a similar program of the same columns and rows; may be none
  std::shared_ptr<const Elimination> elimination = {};  ///< of a similar program; may be none
  bool keep_iterates = false;                  ///< and the elimination, for similar programs
  const std::vector<Basis>* parts = nullptr;   ///< for solve_whole: of a similar program of the same columns and rows; may be none
  std::function<void(double gap)> progress;  ///< may be empty; NaN: no gap yet. From any thread, often

  /// Whether to end with the best so far.
  bool over() const { return deadline.passed() || stop_requested(); }
};

/// What a solver found. `x` is empty when there is no feasible point.
struct Solution {
  Status status = Status::failed;
  double objective = infinity;
  double bound = -infinity;        ///< no feasible point is below this
  std::vector<double> x;
  std::vector<double> row_dual;    ///< change of the objective per unit of a row's bound; empty with integers
  bool settled = false;            ///< the best for its whole columns, to the tolerance of a linear program
  std::vector<Basis> parts;        ///< of solve_whole: where its parts ended
  std::vector<Iterate> iterates;   ///< of an interior-point method: on its way, where similar programs may begin, when asked for; the last one at a limit
  std::shared_ptr<const Elimination> elimination;  ///< of an interior-point method, when asked for
  long long iterations = 0;
};

/// One program solved again and again with other bounds, without its integrality; each solve starts from the last one.
class Session {
 public:
  virtual ~Session() = default;
  virtual void set_row(int row, double lower, double upper) = 0;
  virtual void set_column(int column, double lower, double upper) = 0;
  /// Where the next solve begins; a guess will do.
  virtual void begin_at(const Basis& basis) = 0;
  /// Where the last solve ended.
  virtual Basis basis() const = 0;
  virtual Solution solve() = 0;
};

class Solver {
 public:
  virtual ~Solver() = default;
  virtual Solution solve(const LinearProgram& program, const SolveOptions& options) = 0;
  /// The program must outlive the session.
  virtual std::unique_ptr<Session> session(const LinearProgram& program, const SolveOptions& options) = 0;
  /// Whole columns are sought near the relaxation before they are branched on.
  virtual bool rounds(const LinearProgram&) const { return false; }
  /// Sessions and branching would take many times as long as one relaxation.
  virtual bool large(const LinearProgram&) const { return false; }
};

/// HiGHS through its C API: one thread, fixed seed, so that the same program gives the same answer.
std::unique_ptr<Solver> highs_solver();

/// Programs without integrality (or whose integrality is ignored) of at least so many columns, for which no vertex is asked, by
/// the interior-point method; what it cannot solve, and all others, by `exact`. Sessions are those of `exact`.
std::unique_ptr<Solver> interior_solver(std::unique_ptr<Solver> exact, int least_columns);

/// A bound that no feasible point of the program with a cost of at most `no_worse_than` is below, for any row duals: of each
/// reduced cost with the wrong sign the worst over the column's bounds, its own or implied by the rows and by that cost.
double dual_bound(const LinearProgram& program, const std::vector<double>& row_dual, double no_worse_than);

/// A point with whole columns near the relaxation, for programs that fall apart once their whole columns are given; its bound is
/// that of `relaxed`, a best point without integrality with its duals. Status optimal within options.relative_gap, limit above
/// it, failed where no point was found.
Solution solve_whole(const LinearProgram& program, const Solution& relaxed, const SolveOptions& options, Solver& solver);

/// Without integrality, for programs that fall apart once their fixed columns are gone: each part by itself, which is sooner
/// than all at once. Duals are those of the whole program. Of equally good points (to 1e-9 of a part's cost) one with the least of
/// `then` is taken.
Solution solve_in_parts(const LinearProgram& program, const SolveOptions& options, Solver& solver, const Terms& then = {});

enum class Method { automatic, highs, interior };
/// automatic: the interior-point method where it is the faster one by far.
std::unique_ptr<Solver> make_solver(Method method);

/// Solutions by program and options, to the bit; safe to use from several threads. Forgets nothing, and stops learning when full.
class SolutionMemo {
 public:
  static constexpr std::size_t most_bytes = std::size_t{512} << 20;
  std::optional<Solution> find(const std::string& key);
  void keep(const std::string& key, const Solution& solution);

 private:
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, Solution> known_;
};

/// Does not solve the same program with the same options twice. Sessions pass through.
std::unique_ptr<Solver> remembering_solver(std::unique_ptr<Solver> solver, std::shared_ptr<SolutionMemo> memo);

/// The program as free-format MPS, with names made safe and full precision. The offset is the negative right-hand side of
/// the objective row, as HiGHS and others read it.
std::string to_mps(const LinearProgram& program, const std::string& name);

}  // namespace tonnage::optimize
