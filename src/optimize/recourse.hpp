// A program whose whole decisions are given. What follows from them alone is the first stage; the rest falls apart into parts
// that are solved one by one, each from its last solve on.
#pragma once

#include <memory>
#include <vector>

#include "tonnage/optimize/linear_program.hpp"

namespace tonnage::optimize {

/// Cost of a group of parts near a point: at least `cost` + slopes x (first-stage columns - those of the point).
struct Cut {
  int group = 0;
  double cost = 0;
  Terms slopes;
};

/// What given whole decisions cost, with the rest at its best. Where that rest is impossible, a part borrows what it lacks from
/// the first stage at a penalty.
struct RecourseValue {
  bool solved = false;
  double borrowed = 0;          ///< in units of rows; a point of the program only where it is nothing
  std::vector<double> x;        ///< of the whole program
  std::vector<Cut> cuts;        ///< by group, penalties included
};

class Recourse {
 public:
  /// `penalty` per unit borrowed. Integrality of first-stage columns that are no integers' is that of the program: none.
  Recourse(const LinearProgram& program, double penalty, const SolveOptions& options, Solver& solver);

  bool first(int column) const { return first_[static_cast<std::size_t>(column)] != 0; }
  /// Whether parts depend on the first-stage column.
  bool shared(int column) const { return shared_[static_cast<std::size_t>(column)] != 0; }
  /// Parts that share a first-stage column are in one group.
  int groups() const { return groups_; }
  int largest_part() const;
  /// The rows among first-stage columns alone.
  const std::vector<int>& first_rows() const { return first_rows_; }

  /// Columns that follow from whole decisions, made exactly so in x, which has the size of the program.
  void complete(std::vector<double>& x) const;
  /// Where the next solves of the parts begin, and where the last ones ended. Bases of other parts count as none.
  void begin_at(const std::vector<Basis>& bases);
  std::vector<Basis> bases() const;
  RecourseValue value_at(std::vector<double> x);
  /// Cuts of any point and duals of the program; supporting ones where both are the best of the relaxation.
  std::vector<Cut> cuts_of(const std::vector<double>& x, const std::vector<double>& row_dual) const;

 private:
  struct Definition {
    int row, column;
    double coefficient;
  };
  struct Part {
    LinearProgram program;                ///< columns past `columns` are borrowed
    std::vector<int> columns, rows;       ///< of the whole program
    std::unique_ptr<Session> session;
    Solution last;
    int group = 0;
  };
  void close_first_stage();
  void add_rows(const std::vector<int>& part_of, const std::vector<int>& place, double penalty);
  void group();
  void move(Part& part, const std::vector<double>& x);

  const LinearProgram& program_;
  SolveOptions options_;
  std::vector<char> first_, shared_;
  std::vector<Definition> definitions_;   ///< in an order in which each needs only earlier ones
  std::vector<int> first_rows_;
  std::vector<Part> parts_;
  int groups_ = 0;
};

}  // namespace tonnage::optimize
