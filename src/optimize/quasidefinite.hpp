// L D L' of a sparse symmetric quasi-definite matrix: its pivots have known signs, so that every order of elimination is
// stable enough and the order is chosen once, for sparsity (Vanderbei 1995, "Symmetric quasidefinite matrices").
// Supernodal multifrontal: columns of like pattern are eliminated together, in dense blocks (Duff, Reid 1983; Liu 1992).
#pragma once

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
  void solve(std::vector<double>& x, int threads) const;

  long long nonzeros() const { return static_cast<long long>(lower_.size()); }

 private:
  struct Supernode {
    int first, last;                ///< pivots [first, last) in the order of elimination
    std::vector<int> rows;          ///< below the pivots, ascending
    std::vector<int> children;
    std::vector<int> entries;       ///< of the pattern, whose first eliminated index is a pivot here
    std::size_t offset = 0;         ///< into lower_: (pivots + rows) x pivots, column by column
    std::size_t first_row = 0;      ///< rows of all nodes before
    int pivots() const { return last - first; }
    int size() const { return last - first + static_cast<int>(rows.size()); }
  };
  using Front = std::vector<double>;

  void eliminate_in_good_order(const std::vector<MatrixEntry>& pattern, const std::vector<char>& linking);
  std::vector<int> parents(const std::vector<std::vector<int>>& above) const;
  void postorder(const std::vector<int>& parent);
  void find_supernodes(const std::vector<int>& parent, const std::vector<std::vector<int>>& below);
  void merge_supernodes();
  void place_entries(const std::vector<MatrixEntry>& pattern);
  void split_work();
  void forward(int node, std::vector<double>& y, std::vector<double>& below) const;
  void backward(int node, std::vector<double>& y, std::vector<double>& gathered) const;
  int factor_one(int node, const std::vector<double>& diagonal, const std::vector<double>& values, double least_pivot, int threads, std::vector<Front>& updates, std::vector<int>& local);

  int order_;
  std::vector<char> positive_;      ///< by order of elimination
  std::vector<int> at_;             ///< at_[k]: index eliminated k-th
  std::vector<int> when_;           ///< inverse of at_
  std::vector<MatrixEntry> pattern_;  ///< in the order of elimination, row >= column
  std::vector<Supernode> nodes_;
  std::vector<std::vector<int>> subtrees_;  ///< independent of each other; then the rest
  std::vector<int> top_;
  std::vector<double> lower_;
  std::size_t rows_below_ = 0;      ///< of all nodes together
};

}  // namespace tonnage::optimize
