// The order in which the pivots of a sparse symmetric matrix are eliminated, and the dense blocks that they are eliminated in: what a
// factor needs to know of the pattern, so that factors of many matrices share it. Supernodal multifrontal: columns of like pattern are
// eliminated together (Duff, Reid 1983; Liu 1992).
#pragma once

#include <array>
#include <vector>

namespace tonnage::optimize {

struct MatrixEntry {
  int row, column;
  bool operator==(const MatrixEntry&) const = default;
};

struct SymmetricPattern {
  int order = 0;
  std::vector<MatrixEntry> entries;   ///< of one triangle, each position at most once; the diagonal is always there
  std::vector<char> linking;          ///< pivots that hold parts together and come last
  bool operator==(const SymmetricPattern&) const = default;
};

class Elimination {
 public:
  explicit Elimination(SymmetricPattern pattern);

  const SymmetricPattern& pattern() const { return pattern_; }
  long long nonzeros() const { return static_cast<long long>(length_); }
  /// Operations of a factor per operation of a solve.
  double factor_by_solve() const;

 private:
  friend class QuasidefiniteFactor;
  /// Pivots [first, last) in the order of elimination, eliminated together.
  struct Supernode {
    int first, last;
    std::vector<int> rows;          ///< below the pivots, ascending
  };
  /// Pivots that are eliminated together, in a dense block.
  struct Node {
    int first, pivots, size;        ///< size: pivots and rows below
    int first_child, last_child;    ///< into children_
    int first_entry, last_entry;    ///< into entries_
    std::size_t offset;             ///< into a factor: size x pivots, column by column
    std::size_t first_row;          ///< into rows_
    long long kept = -1;            ///< where the kept updates have its own, which outlives its subtree; or -1
    char odd;                       ///< its depth
    int last() const { return first + pivots; }
    int below() const { return size - pivots; }
  };
  struct Entry {
    std::size_t to;                 ///< in a factor
    int index;                      ///< in the pattern
  };

  void eliminate_in_good_order();
  std::vector<int> parents(const std::vector<std::vector<int>>& above) const;
  void postorder(const std::vector<int>& parent);
  std::vector<Supernode> find_supernodes(const std::vector<int>& parent, const std::vector<std::vector<int>>& below) const;
  static std::vector<Supernode> merged(std::vector<Supernode> nodes);
  void place_nodes(const std::vector<Supernode>& supernodes);
  void place_rows();
  void place_entries();
  void split_work();
  void place_updates();
  std::array<std::size_t, 2> stacks(const std::vector<int>& nodes) const;

  SymmetricPattern pattern_;
  int order_;
  std::vector<int> at_;             ///< at_[k]: index eliminated k-th
  std::vector<int> when_;           ///< inverse of at_
  std::vector<Node> nodes_;         ///< children before parents
  std::vector<int> children_, owner_;  ///< owner_: node of a pivot
  std::vector<int> rows_, place_;   ///< rows below all nodes, in the order of elimination; place of each in the parent's front
  std::vector<Entry> entries_;
  std::vector<std::vector<int>> subtrees_;  ///< independent of each other; then the rest
  std::vector<int> top_;
  std::size_t length_ = 0, kept_length_ = 0;                            ///< of a factor, and of the updates that outlive their subtrees
  std::array<std::size_t, 2> subtree_stacks_{}, top_stacks_{};          ///< most that lies on each
};

}  // namespace tonnage::optimize
