// L D L' of a sparse symmetric quasi-definite matrix: its pivots have known signs, so that every order of elimination is
// stable enough and the order is chosen once, for sparsity (Vanderbei 1995, "Symmetric quasidefinite matrices").
// Supernodal multifrontal: columns of like pattern are eliminated together, in dense blocks (Duff, Reid 1983; Liu 1992).
#pragma once

#include <array>
#include <vector>

namespace tonnage::optimize {

struct MatrixEntry {
  int row, column;
};

class QuasidefiniteFactor {
 public:
  /// `pattern`: entries of one triangle, each position at most once; the diagonal is always there. `positive`: the sign of
  /// each pivot. `linking`: pivots that hold parts together and come last. The values come later, as often as needed.
  QuasidefiniteFactor(int order, const std::vector<MatrixEntry>& pattern, const std::vector<char>& positive, const std::vector<char>& linking);

  /// `diagonal`: one value per row; `values`: one per entry of the pattern off the diagonal. Pivots below
  /// `least_pivot` or of the wrong sign are as good as infinite: their unknowns do not move; says how many. Same result on
  /// any number of threads.
  int factor(const std::vector<double>& diagonal, const std::vector<double>& values, double least_pivot, int threads);

  /// In place. Same result on any number of threads.
  void solve(std::vector<double>& x, int threads);

  long long nonzeros() const { return static_cast<long long>(lower_.size()); }
  /// Operations of a factor per operation of a solve.
  double factor_by_solve() const;

 private:
  /// Pivots [first, last) in the order of elimination, eliminated together.
  struct Supernode {
    int first, last;
    std::vector<int> rows;          ///< below the pivots, ascending
  };
  /// One of these when all are known.
  struct Node {
    int first, pivots, size;        ///< size: pivots and rows below
    int first_child, last_child;    ///< into children_
    int first_entry, last_entry;    ///< into entries_
    std::size_t offset;             ///< into lower_: size x pivots, column by column
    std::size_t first_row;          ///< into rows_
    long long kept = -1;            ///< where kept_ has its update, which outlives its subtree; or -1
    char odd;                       ///< its depth
    int last() const { return first + pivots; }
    int below() const { return size - pivots; }
  };
  struct Stack {
    std::vector<double> memory;
    std::size_t used = 0;
    double* push(std::size_t count) { return memory.data() + (used += count) - count; }
    const double* pop(std::size_t count) { return memory.data() + (used -= count); }
  };
  /// Memory that a thread keeps from one factor to the next.
  struct Workspace {
    std::array<Stack, 2> updates;
    std::vector<double> packed;
  };

  void eliminate_in_good_order(const std::vector<MatrixEntry>& pattern, const std::vector<char>& linking);
  std::vector<int> parents(const std::vector<std::vector<int>>& above) const;
  void postorder(const std::vector<int>& parent);
  std::vector<Supernode> find_supernodes(const std::vector<int>& parent, const std::vector<std::vector<int>>& below) const;
  static std::vector<Supernode> merged(std::vector<Supernode> nodes);
  void place_nodes(const std::vector<Supernode>& supernodes);
  void place_rows();
  void place_entries(const std::vector<MatrixEntry>& pattern);
  void split_work();
  void place_updates();
  std::array<std::size_t, 2> stacks(const std::vector<int>& nodes) const;
  void forward(const Node& node, const std::vector<double>& y, std::vector<double>& shares) const;
  void backward(const Node& node, std::vector<double>& y, std::vector<double>& shares) const;
  int factor_one(const Node& node, const std::vector<double>& diagonal, const std::vector<double>& values, double least_pivot, int threads, Workspace& work);

  int order_;
  std::vector<char> positive_;      ///< by order of elimination
  std::vector<int> at_;             ///< at_[k]: index eliminated k-th
  std::vector<int> when_;           ///< inverse of at_
  std::vector<Node> nodes_;
  std::vector<int> children_, owner_;  ///< owner_: node of a pivot
  std::vector<int> rows_, place_;   ///< rows below all nodes, in the order of elimination; place of each in the parent's front
  struct Entry {
    std::size_t to;                 ///< in lower_
    int index;                      ///< in the pattern
  };
  std::vector<Entry> entries_;
  std::vector<std::vector<int>> subtrees_;  ///< independent of each other; then the rest
  std::vector<int> top_;
  std::vector<double> lower_, kept_;
  std::array<std::size_t, 2> subtree_stacks_{}, top_stacks_{};  ///< most that lies on each
  std::vector<Workspace> work_;
  std::vector<double> y_, shares_;  ///< of a solve
};

}  // namespace tonnage::optimize
