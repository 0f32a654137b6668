#include "quasidefinite.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <Eigen/Dense>
#include <Eigen/OrderingMethods>
#include <Eigen/SparseCore>

#include "tonnage/core/parallel.hpp"

namespace tonnage::optimize {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

using Matrix = Eigen::Map<Eigen::MatrixXd>;

/// Appends what is not yet marked.
void unite(const std::vector<int>& from, std::vector<int>& into, std::vector<int>& mark, int stamp) {
  for (const int i : from)
    if (mark[at(i)] != stamp) {
      mark[at(i)] = stamp;
      into.push_back(i);
    }
}

/// Merging is worth some zeros when dense blocks grow by it.
bool worth_merging(int pivots, double zero_share) {
  if (pivots <= 4) return true;
  if (pivots <= 16) return zero_share < 0.8;
  if (pivots <= 48) return zero_share < 0.1;
  return zero_share < 0.05;
}

constexpr double no_step = 1e64;  ///< a pivot so large that its unknown stays where it is

/// Lower triangle of the last columns of a front, from `to` on: minus left x scaled'. In stripes that no number of threads changes.
void update_rest(Matrix& front, int to, const Eigen::Ref<const Eigen::MatrixXd>& left, const Eigen::MatrixXd& scaled, int threads) {
  constexpr int stripe = 192;
  const int rest = static_cast<int>(front.rows()) - to;
  const int stripes = (rest + stripe - 1) / stripe;
  parallel_for(stripes, stripes < 4 ? 1 : threads, [&](int i) {
    const int k = i % 2 == 0 ? i / 2 : stripes - 1 - i / 2;  // a long one and a short one by turns
    const int from = k * stripe, width = std::min(stripe, rest - from), below = rest - from - width;
    const auto across = scaled.middleRows(from, width).transpose();
    front.block(to + from, to + from, width, width).triangularView<Eigen::Lower>() -= left.middleRows(from, width) * across;
    if (below > 0) front.block(to + from + width, to + from, below, width).noalias() -= left.bottomRows(below) * across;
  });
}

/// Pivots [0, k) of the lower triangle of a dense front; the rest becomes the Schur complement. Says how many were unusable.
int eliminate(Matrix& front, int pivots, const char* positive, double least_pivot, int threads) {
  constexpr int block = 48;
  const int n = static_cast<int>(front.rows());
  int lifted = 0;
  Eigen::MatrixXd scaled;
  for (int from = 0; from < pivots; from += block) {
    const int to = std::min(pivots, from + block);
    for (int j = from; j < to; ++j) {
      const double sign = positive[j] ? 1 : -1;
      double& d = front(j, j);
      if (!(sign * d > least_pivot)) {
        d = sign * no_step;
        ++lifted;
      }
      const double inverse = 1 / d;
      const int below = n - j - 1;
      if (below == 0) continue;
      auto column = front.col(j).tail(below);
      for (int c = j + 1; c < to; ++c) front.col(c).tail(n - c) -= (front(c, j) * inverse) * front.col(j).tail(n - c);
      column *= inverse;
    }
    const int rest = n - to;
    if (rest == 0) continue;
    const auto left = front.block(to, from, rest, to - from);
    scaled = left * front.diagonal().segment(from, to - from).asDiagonal();
    update_rest(front, to, left, scaled, threads);
  }
  return lifted;
}

}  // namespace

QuasidefiniteFactor::QuasidefiniteFactor(int order, const std::vector<MatrixEntry>& pattern, const std::vector<char>& positive, const std::vector<char>& linking) : order_(order) {
  eliminate_in_good_order(pattern, linking);
  std::vector<std::vector<int>> above(at(order)), below(at(order));
  const auto spread = [&] {
    for (auto& list : above) list.clear();
    for (auto& list : below) list.clear();
    for (const MatrixEntry& e : pattern) {
      const int i = std::max(when_[at(e.row)], when_[at(e.column)]), j = std::min(when_[at(e.row)], when_[at(e.column)]);
      if (i == j) continue;
      above[at(i)].push_back(j);
      below[at(j)].push_back(i);
    }
  };
  spread();
  postorder(parents(above));
  positive_.resize(at(order));
  for (int k = 0; k < order; ++k) positive_[at(k)] = positive[at(at_[at(k)])];
  spread();
  find_supernodes(parents(above), below);
  merge_supernodes();
  place_entries(pattern);
  split_work();
}

/// Approximate minimum degree (Amestoy, Davis, Duff 1996) for all but the linking pivots.
void QuasidefiniteFactor::eliminate_in_good_order(const std::vector<MatrixEntry>& pattern, const std::vector<char>& linking) {
  std::vector<int> inner(at(order_), -1), outer;
  for (int i = 0; i < order_; ++i) {
    if (linking[at(i)]) {
      outer.push_back(i);
      continue;
    }
    inner[at(i)] = static_cast<int>(at_.size());
    at_.push_back(i);
  }
  const int count = static_cast<int>(at_.size());
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(2 * pattern.size() + at(count));
  for (const MatrixEntry& e : pattern) {
    const int i = inner[at(e.row)], j = inner[at(e.column)];
    if (i < 0 || j < 0 || i == j) continue;
    entries.emplace_back(i, j, 1);
    entries.emplace_back(j, i, 1);
  }
  for (int i = 0; i < count; ++i) entries.emplace_back(i, i, 1);
  Eigen::SparseMatrix<double> matrix(count, count);
  matrix.setFromTriplets(entries.begin(), entries.end());
  Eigen::PermutationMatrix<Eigen::Dynamic, Eigen::Dynamic, int> found;
  Eigen::AMDOrdering<int>()(matrix, found);
  std::vector<int> order;
  for (int k = 0; k < count; ++k) order.push_back(at_[at(found.indices()[k])]);
  order.insert(order.end(), outer.begin(), outer.end());
  at_ = std::move(order);
  when_.resize(at(order_));
  for (int k = 0; k < order_; ++k) when_[at(at_[at(k)])] = k;
}

/// Keeps the fill and puts each subtree in one piece.
void QuasidefiniteFactor::postorder(const std::vector<int>& parent) {
  std::vector<int> head(at(order_), -1), next(at(order_), -1), sequence, stack;
  for (int j = order_ - 1; j >= 0; --j)
    if (parent[at(j)] >= 0) {
      next[at(j)] = head[at(parent[at(j)])];
      head[at(parent[at(j)])] = j;
    }
  for (int root = 0; root < order_; ++root) {
    if (parent[at(root)] >= 0) continue;
    stack.push_back(root);
    while (!stack.empty()) {
      const int j = stack.back();
      if (head[at(j)] >= 0) {
        stack.push_back(head[at(j)]);
        head[at(j)] = next[at(head[at(j)])];
      } else {
        sequence.push_back(j);
        stack.pop_back();
      }
    }
  }
  std::vector<int> sorted(at(order_));
  for (int k = 0; k < order_; ++k) sorted[at(k)] = at_[at(sequence[at(k)])];
  at_ = std::move(sorted);
  for (int k = 0; k < order_; ++k) when_[at(at_[at(k)])] = k;
}

/// The elimination tree (Liu 1990).
std::vector<int> QuasidefiniteFactor::parents(const std::vector<std::vector<int>>& above) const {
  std::vector<int> parent(at(order_), -1), root(at(order_), -1);
  for (int i = 0; i < order_; ++i)
    for (int j : above[at(i)])
      while (j != -1 && j < i) {
        const int up = root[at(j)];
        root[at(j)] = i;
        if (up == -1) parent[at(j)] = i;
        j = up;
      }
  return parent;
}

void QuasidefiniteFactor::find_supernodes(const std::vector<int>& parent, const std::vector<std::vector<int>>& below) {
  std::vector<int> mark(at(order_), -1);
  std::vector<std::vector<int>> waiting(at(order_));  // supernodes by the column that they update first
  for (int j = 0; j < order_; ++j) {
    std::vector<int> rows;
    mark[at(j)] = j;
    unite(below[at(j)], rows, mark, j);
    for (const int child : waiting[at(j)]) unite(nodes_[at(child)].rows, rows, mark, j);
    const bool follows = j > 0 && parent[at(j - 1)] == j;
    if (follows) unite(nodes_.back().rows, rows, mark, j);
    if (follows && nodes_.back().rows.size() == rows.size() + 1) {
      nodes_.back().last = j + 1;
      nodes_.back().rows = std::move(rows);
    } else {
      if (!nodes_.empty() && !nodes_.back().rows.empty() && !follows) waiting[at(parent[at(j - 1)])].push_back(static_cast<int>(nodes_.size()) - 1);
      nodes_.push_back({j, j + 1, std::move(rows), {}, {}, 0, 0});
    }
  }
  for (Supernode& node : nodes_) std::sort(node.rows.begin(), node.rows.end());
}

void QuasidefiniteFactor::merge_supernodes() {
  std::vector<Supernode> merged;
  std::vector<double> zeros;
  for (Supernode& node : nodes_) {
    double empty = 0;
    while (!merged.empty()) {
      const Supernode& child = merged.back();
      if (child.rows.empty() || child.rows.front() >= node.last || child.rows.front() < node.first) break;
      const double pivots = child.pivots() + node.pivots();
      const double added = empty + zeros.back() + static_cast<double>(child.pivots()) * (node.size() - static_cast<double>(child.rows.size()));
      const double all = pivots * (pivots + 1) / 2 + pivots * static_cast<double>(node.rows.size());
      if (!worth_merging(static_cast<int>(pivots), added / all)) break;
      node.first = child.first;
      empty = added;
      merged.pop_back();
      zeros.pop_back();
    }
    merged.push_back(std::move(node));
    zeros.push_back(empty);
  }
  nodes_ = std::move(merged);
}

void QuasidefiniteFactor::place_entries(const std::vector<MatrixEntry>& pattern) {
  std::vector<int> owner(at(order_));
  std::size_t offset = 0;
  for (int s = 0; s < static_cast<int>(nodes_.size()); ++s) {
    Supernode& node = nodes_[at(s)];
    for (int j = node.first; j < node.last; ++j) owner[at(j)] = s;
    node.offset = offset;
    offset += at(node.size()) * at(node.pivots());
    node.first_row = rows_below_;
    rows_below_ += node.rows.size();
  }
  lower_.resize(offset);
  for (int s = 0; s < static_cast<int>(nodes_.size()); ++s)
    if (!nodes_[at(s)].rows.empty()) nodes_[at(owner[at(nodes_[at(s)].rows.front())])].children.push_back(s);
  for (int e = 0; e < static_cast<int>(pattern.size()); ++e) {
    const int a = when_[at(pattern[at(e)].row)], b = when_[at(pattern[at(e)].column)];
    pattern_.push_back({std::max(a, b), std::min(a, b)});
    nodes_[at(owner[at(std::min(a, b))])].entries.push_back(e);
  }
}

/// Subtrees with little of the work each, for threads; what is above them is done one after the other.
void QuasidefiniteFactor::split_work() {
  const int count = static_cast<int>(nodes_.size());
  std::vector<double> work(at(count));
  std::vector<int> parent(at(count), -1);
  for (int s = 0; s < count; ++s) {
    const double size = nodes_[at(s)].size();
    work[at(s)] += nodes_[at(s)].pivots() * size * size + 1000;
    for (const int child : nodes_[at(s)].children) {
      work[at(s)] += work[at(child)];
      parent[at(child)] = s;
    }
  }
  double all = 0;
  for (int s = 0; s < count; ++s)
    if (parent[at(s)] < 0) all += work[at(s)];
  std::vector<int> tree(at(count), -1);
  for (int s = count - 1; s >= 0; --s) {
    const int up = parent[at(s)];
    if (up >= 0 && tree[at(up)] >= 0) tree[at(s)] = tree[at(up)];
    else if (work[at(s)] < all / 64) {
      tree[at(s)] = static_cast<int>(subtrees_.size());
      subtrees_.emplace_back();
    }
  }
  for (int s = 0; s < count; ++s) (tree[at(s)] >= 0 ? subtrees_[at(tree[at(s)])] : top_).push_back(s);
}

int QuasidefiniteFactor::factor(const std::vector<double>& diagonal, const std::vector<double>& values, double least_pivot, int threads) {
  std::vector<Front> updates(nodes_.size());
  std::vector<int> lifted(subtrees_.size(), 0);
  parallel_for(static_cast<int>(subtrees_.size()), threads, [&](int tree) {
    static thread_local std::vector<int> local;
    local.resize(at(order_));
    for (const int s : subtrees_[at(tree)]) lifted[at(tree)] += factor_one(s, diagonal, values, least_pivot, 1, updates, local);
  });
  std::vector<int> local(at(order_));
  int all = std::accumulate(lifted.begin(), lifted.end(), 0);
  for (const int s : top_) all += factor_one(s, diagonal, values, least_pivot, threads, updates, local);
  return all;
}

/// Gathers the matrix and the children's updates, eliminates, leaves an update for the parent.
int QuasidefiniteFactor::factor_one(int s, const std::vector<double>& diagonal, const std::vector<double>& values, double least_pivot, int threads, std::vector<Front>& updates, std::vector<int>& local) {
  const Supernode& node = nodes_[at(s)];
  const int pivots = node.pivots();
  const int n = node.size();
  for (int j = node.first; j < node.last; ++j) local[at(j)] = j - node.first;
  for (std::size_t i = 0; i < node.rows.size(); ++i) local[at(node.rows[i])] = pivots + static_cast<int>(i);
  Front memory(at(n) * at(n), 0.0);
  Matrix front(memory.data(), n, n);
  for (int j = 0; j < pivots; ++j) front(j, j) = diagonal[at(at_[at(node.first + j)])];
  for (const int e : node.entries) front(local[at(pattern_[at(e)].row)], pattern_[at(e)].column - node.first) += values[at(e)];
  for (const int child : node.children) {
    const std::vector<int>& rows = nodes_[at(child)].rows;
    const int m = static_cast<int>(rows.size());
    const double* update = updates[at(child)].data();
    for (int c = 0; c < m; ++c) {
      double* column = memory.data() + at(local[at(rows[at(c)])]) * at(n);
      for (int r = c; r < m; ++r) column[local[at(rows[at(r)])]] += update[at(c) * at(m) + at(r)];
    }
    Front().swap(updates[at(child)]);
  }
  const int lifted = eliminate(front, pivots, positive_.data() + node.first, least_pivot, threads);
  Matrix(lower_.data() + node.offset, n, pivots) = front.leftCols(pivots);
  const int rest = n - pivots;
  Front& out = updates[at(s)];
  out.resize(at(rest) * at(rest));
  Matrix(out.data(), rest, rest) = front.bottomRightCorner(rest, rest);
  return lifted;
}

/// Pivots of a node, and what they leave for the rows below: its share of `below`, children's shares gathered as their updates are in the factor.
void QuasidefiniteFactor::forward(int s, std::vector<double>& y, std::vector<double>& below) const {
  const Supernode& node = nodes_[at(s)];
  double* rest = below.data() + node.first_row;
  std::fill_n(rest, node.rows.size(), 0.0);
  for (const int c : node.children) {
    const Supernode& child = nodes_[at(c)];
    const double* update = below.data() + child.first_row;
    std::size_t place = 0;
    for (std::size_t i = 0; i < child.rows.size(); ++i) {
      const int row = child.rows[i];
      if (row < node.last) {
        y[at(row)] += update[i];
        continue;
      }
      while (node.rows[place] != row) ++place;
      rest[place] += update[i];
    }
  }
  const Eigen::Map<const Eigen::MatrixXd> l(lower_.data() + node.offset, node.size(), node.pivots());
  Eigen::Map<Eigen::VectorXd> own(y.data() + node.first, node.pivots());
  l.topRows(node.pivots()).triangularView<Eigen::UnitLower>().solveInPlace(own);
  if (node.rows.empty()) return;
  Eigen::Map<Eigen::VectorXd> part(rest, static_cast<Eigen::Index>(node.rows.size()));
  part.noalias() -= l.bottomRows(part.size()) * own;
}

void QuasidefiniteFactor::backward(int s, std::vector<double>& y, std::vector<double>& gathered) const {
  const Supernode& node = nodes_[at(s)];
  const Eigen::Map<const Eigen::MatrixXd> l(lower_.data() + node.offset, node.size(), node.pivots());
  Eigen::Map<Eigen::VectorXd> own(y.data() + node.first, node.pivots());
  own.array() /= l.diagonal().array();
  if (!node.rows.empty()) {
    gathered.resize(std::max(gathered.size(), node.rows.size()));
    Eigen::Map<Eigen::VectorXd> part(gathered.data(), static_cast<Eigen::Index>(node.rows.size()));
    for (std::size_t i = 0; i < node.rows.size(); ++i) part[static_cast<Eigen::Index>(i)] = y[at(node.rows[i])];
    own.noalias() -= l.bottomRows(part.size()).transpose() * part;
  }
  l.topRows(node.pivots()).transpose().triangularView<Eigen::UnitUpper>().solveInPlace(own);
}

void QuasidefiniteFactor::solve(std::vector<double>& x, int threads) const {
  std::vector<double> y(at(order_)), below(rows_below_), gathered;
  for (int k = 0; k < order_; ++k) y[at(k)] = x[at(at_[at(k)])];
  const int trees = static_cast<int>(subtrees_.size());
  parallel_for(trees, threads, [&](int tree) {
    for (const int s : subtrees_[at(tree)]) forward(s, y, below);
  });
  for (const int s : top_) forward(s, y, below);
  for (auto s = top_.rbegin(); s != top_.rend(); ++s) backward(*s, y, gathered);
  parallel_for(trees, threads, [&](int tree) {
    std::vector<double> own;
    for (auto s = subtrees_[at(tree)].rbegin(); s != subtrees_[at(tree)].rend(); ++s) backward(*s, y, own);
  });
  for (int k = 0; k < order_; ++k) x[at(at_[at(k)])] = y[at(k)];
}

}  // namespace tonnage::optimize
