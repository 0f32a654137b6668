#include "quasidefinite.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include <Eigen/OrderingMethods>
#include <Eigen/SparseCore>

#include "dense_kernels.hpp"
#include "tonnage/core/parallel.hpp"

namespace tonnage::optimize {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

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
  if (pivots <= 16) return zero_share < 0.3;
  if (pivots <= 48) return zero_share < 0.1;
  return zero_share < 0.05;
}

constexpr int solved_together = 8;    ///< pivots whose share goes to the rows below in one pass
constexpr double no_step = 1e64;      ///< a pivot so large that its unknown stays where it is

/// A matrix in dense storage, column by column.
struct Dense {
  double* data;
  std::size_t stride;
  double* column(int j) const { return data + at(j) * stride; }
  double& operator()(int i, int j) const { return data[at(j) * stride + at(i)]; }
};

/// Lower trapezoid `c` of `width` columns, those of a front from `mid` on: minus what its pivots [from, mid) bear on it.
void bear(Dense panel, int rows, int from, int mid, Dense c, int width, std::vector<double>& packed, int threads) {
  constexpr int stripe = 96, deep = 128;  // columns and terms that a processor keeps near; stripes are multiples of packed_columns
  const int height = rows - mid, stripes = (width + stripe - 1) / stripe;
  const bool shared = static_cast<double>(height) * width * (mid - from) > 2e6;
  for (int k = from; k < mid; k += deep) {
    const int inner = std::min(deep, mid - k);
    const double* left = panel.column(k) + mid;
    packed.resize(std::max(packed.size(), packed_length(width, inner)));
    pack_scaled(left, panel.stride, width, inner, &panel(k, k), panel.stride + 1, packed.data());
    const auto subtract = [&](int first, int last) { dense_kernels().subtract_lower(c.data, c.stride, height, first, last, left, panel.stride, inner, packed.data()); };
    if (stripes == 1) subtract(0, width);
    else parallel_for(stripes, shared ? threads : 1, [&](int i) { subtract(i * stripe, std::min(width, (i + 1) * stripe)); });
  }
}

/// Pivots [from, to) of the panel of a front, which has had what the pivots before them bear. Says how many were unusable.
int eliminate(Dense panel, int rows, int from, int to, const char* positive, double least_pivot, std::vector<double>& packed, int threads) {
  constexpr int few = 8;
  if (to - from > few) {
    const int mid = from + ((to - from) / 2 + few - 1) / few * few;
    const int lifted = eliminate(panel, rows, from, mid, positive, least_pivot, packed, threads);
    bear(panel, rows, from, mid, {&panel(mid, mid), panel.stride}, to - mid, packed, threads);
    return lifted + eliminate(panel, rows, mid, to, positive, least_pivot, packed, threads);
  }
  int lifted = 0;
  for (int j = from; j < to; ++j) {
    const double sign = positive[j] ? 1 : -1;
    double& d = panel(j, j);
    if (!(sign * d > least_pivot)) {
      d = sign * no_step;
      ++lifted;
    }
    const double inverse = 1 / d;
    double* column = panel.column(j);
    for (int c = j + 1; c < to; ++c) {
      const double share = column[c] * inverse;
      dense_kernels().subtract_product(panel.column(c) + c, column + c, panel.stride, rows - c, 1, &share);
    }
    for (int i = j + 1; i < rows; ++i) column[i] *= inverse;
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
  place_nodes(find_supernodes(parents(above), below));
  place_rows();
  place_entries(pattern);
  split_work();
  place_updates();
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

std::vector<QuasidefiniteFactor::Supernode> QuasidefiniteFactor::find_supernodes(const std::vector<int>& parent, const std::vector<std::vector<int>>& below) const {
  std::vector<Supernode> nodes;
  std::vector<int> mark(at(order_), -1);
  std::vector<std::vector<int>> waiting(at(order_));  // supernodes by the column that they update first
  for (int j = 0; j < order_; ++j) {
    std::vector<int> rows;
    mark[at(j)] = j;
    unite(below[at(j)], rows, mark, j);
    for (const int child : waiting[at(j)]) unite(nodes[at(child)].rows, rows, mark, j);
    const bool follows = j > 0 && parent[at(j - 1)] == j;
    if (follows) unite(nodes.back().rows, rows, mark, j);
    if (follows && nodes.back().rows.size() == rows.size() + 1) {
      nodes.back().last = j + 1;
      nodes.back().rows = std::move(rows);
    } else {
      if (!nodes.empty() && !nodes.back().rows.empty() && !follows) waiting[at(parent[at(j - 1)])].push_back(static_cast<int>(nodes.size()) - 1);
      nodes.push_back({j, j + 1, std::move(rows)});
    }
  }
  for (Supernode& node : nodes) std::sort(node.rows.begin(), node.rows.end());
  return merged(std::move(nodes));
}

std::vector<QuasidefiniteFactor::Supernode> QuasidefiniteFactor::merged(std::vector<Supernode> nodes) {
  std::vector<Supernode> out;
  std::vector<double> zeros;
  for (Supernode& node : nodes) {
    double empty = 0;
    while (!out.empty()) {
      const Supernode& child = out.back();
      if (child.rows.empty() || child.rows.front() >= node.last || child.rows.front() < node.first) break;
      const double own = node.last - node.first, taken = child.last - child.first, pivots = own + taken;
      const double added = empty + zeros.back() + taken * (own + static_cast<double>(node.rows.size()) - static_cast<double>(child.rows.size()));
      const double all = pivots * (pivots + 1) / 2 + pivots * static_cast<double>(node.rows.size());
      if (!worth_merging(static_cast<int>(pivots), added / all)) break;
      node.first = child.first;
      empty = added;
      out.pop_back();
      zeros.pop_back();
    }
    out.push_back(std::move(node));
    zeros.push_back(empty);
  }
  return out;
}

void QuasidefiniteFactor::place_nodes(const std::vector<Supernode>& supernodes) {
  owner_.resize(at(order_));
  std::size_t offset = 0;
  for (const Supernode& from : supernodes) {
    Node node{};
    node.first = from.first;
    node.pivots = from.last - from.first;
    node.size = node.pivots + static_cast<int>(from.rows.size());
    node.offset = offset;
    node.first_row = rows_.size();
    offset += at(node.size) * at(node.pivots);
    rows_.insert(rows_.end(), from.rows.begin(), from.rows.end());
    for (int j = from.first; j < from.last; ++j) owner_[at(j)] = static_cast<int>(nodes_.size());
    nodes_.push_back(node);
  }
  lower_.resize(offset);
  std::vector<std::vector<int>> children(nodes_.size());
  for (int s = 0; s < static_cast<int>(nodes_.size()); ++s)
    if (const Node& node = nodes_[at(s)]; node.below() > 0) children[at(owner_[at(rows_[node.first_row])])].push_back(s);
  for (std::size_t s = 0; s < nodes_.size(); ++s) {
    nodes_[s].first_child = static_cast<int>(children_.size());
    children_.insert(children_.end(), children[s].begin(), children[s].end());
    nodes_[s].last_child = static_cast<int>(children_.size());
  }
}

void QuasidefiniteFactor::place_rows() {
  std::vector<int> local(at(order_));
  place_.resize(rows_.size());
  for (const Node& node : nodes_) {
    for (int j = 0; j < node.pivots; ++j) local[at(node.first + j)] = j;
    for (int i = 0; i < node.below(); ++i) local[at(rows_[node.first_row + at(i)])] = node.pivots + i;
    for (int c = node.first_child; c < node.last_child; ++c) {
      const Node& child = nodes_[at(children_[at(c)])];
      for (std::size_t i = child.first_row; i < child.first_row + at(child.below()); ++i) place_[i] = local[at(rows_[i])];
    }
  }
}

void QuasidefiniteFactor::place_entries(const std::vector<MatrixEntry>& pattern) {
  std::vector<std::vector<Entry>> by_node(nodes_.size());
  for (int e = 0; e < static_cast<int>(pattern.size()); ++e) {
    const int a = when_[at(pattern[at(e)].row)], b = when_[at(pattern[at(e)].column)];
    const int row = std::max(a, b), column = std::min(a, b), s = owner_[at(column)];
    const Node& node = nodes_[at(s)];
    const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(node.first_row);
    const int place = row < node.last() ? row - node.first : node.pivots + static_cast<int>(std::lower_bound(begin, begin + node.below(), row) - begin);
    by_node[at(s)].push_back({node.offset + at(column - node.first) * at(node.size) + at(place), e});
  }
  for (std::size_t s = 0; s < nodes_.size(); ++s) {
    nodes_[s].first_entry = static_cast<int>(entries_.size());
    entries_.insert(entries_.end(), by_node[s].begin(), by_node[s].end());
    nodes_[s].last_entry = static_cast<int>(entries_.size());
  }
}

/// Subtrees with little of the work each, for threads; what is above them is done one after the other.
void QuasidefiniteFactor::split_work() {
  const int count = static_cast<int>(nodes_.size());
  std::vector<double> work(at(count));
  std::vector<int> parent(at(count), -1), tree(at(count), -1);
  double all = 0;
  for (int s = 0; s < count; ++s) {
    const Node& node = nodes_[at(s)];
    work[at(s)] += static_cast<double>(node.pivots) * node.size * node.size + 1000;
    if (node.below() == 0) all += work[at(s)];
    else work[at(parent[at(s)] = owner_[at(rows_[node.first_row])])] += work[at(s)];
  }
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

/// What a front leaves for its parent lies on one of two stacks, by depth: a node pushes on one when its children, on the
/// other, are done with. What leaves a subtree has a place of its own.
void QuasidefiniteFactor::place_updates() {
  std::size_t length = 0;
  for (const auto& tree : subtrees_) {
    Node& root = nodes_[at(tree.back())];
    root.kept = static_cast<long long>(length);
    length += at(root.below()) * at(root.below());
  }
  kept_.resize(length);
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node)
    for (int c = node->first_child; c < node->last_child; ++c) nodes_[at(children_[at(c)])].odd = !node->odd;
  for (const auto& tree : subtrees_) {
    const auto most = stacks(tree);
    for (std::size_t i = 0; i < 2; ++i) subtree_stacks_[i] = std::max(subtree_stacks_[i], most[i]);
  }
  top_stacks_ = stacks(top_);
}

/// Most that lies on each stack while `nodes` are done.
std::array<std::size_t, 2> QuasidefiniteFactor::stacks(const std::vector<int>& nodes) const {
  std::array<std::size_t, 2> used{}, most{};
  for (const int s : nodes) {
    const Node& node = nodes_[at(s)];
    const std::size_t own = node.odd ? 1 : 0, theirs = 1 - own;
    if (node.kept < 0) used[own] += at(node.below()) * at(node.below());
    most[own] = std::max(most[own], used[own]);
    for (int c = node.first_child; c < node.last_child; ++c)
      if (const Node& child = nodes_[at(children_[at(c)])]; child.kept < 0) used[theirs] -= at(child.below()) * at(child.below());
  }
  return most;
}

double QuasidefiniteFactor::factor_by_solve() const {
  double factor = 0;
  for (const Node& node : nodes_)
    for (int j = 0; j < node.pivots; ++j) factor += static_cast<double>(node.size - j) * (node.size - j);
  return factor / std::max(1.0, 4 * static_cast<double>(nonzeros()));
}

int QuasidefiniteFactor::factor(const std::vector<double>& diagonal, const std::vector<double>& values, double least_pivot, int threads) {
  const int trees = static_cast<int>(subtrees_.size()), workers = std::clamp(threads, 1, std::max(1, trees));
  if (work_.size() < at(workers)) work_.resize(at(workers));
  for (std::size_t i = 0; i < 2; ++i)
    for (Workspace& work : work_) work.updates[i].memory.resize(&work == &work_.front() ? std::max(subtree_stacks_[i], top_stacks_[i]) : subtree_stacks_[i]);
  std::vector<int> lifted(at(trees), 0);
  std::atomic<int> next{0};
  parallel_for(workers, workers, [&](int worker) {
    for (int tree = next++; tree < trees; tree = next++)
      for (const int s : subtrees_[at(tree)]) lifted[at(tree)] += factor_one(nodes_[at(s)], diagonal, values, least_pivot, 1, work_[at(worker)]);
  });
  int all = std::accumulate(lifted.begin(), lifted.end(), 0);
  for (const int s : top_) all += factor_one(nodes_[at(s)], diagonal, values, least_pivot, threads, work_.front());
  return all;
}

/// Gathers the matrix and the children's updates, eliminates, leaves an update for the parent.
int QuasidefiniteFactor::factor_one(const Node& node, const std::vector<double>& diagonal, const std::vector<double>& values, double least_pivot, int threads, Workspace& work) {
  const int pivots = node.pivots, n = node.size, rest = node.below();
  Stack& theirs = work.updates[node.odd ? 0 : 1];
  Stack& own = work.updates[node.odd ? 1 : 0];
  const Dense panel{lower_.data() + node.offset, at(n)};
  const Dense update{node.kept >= 0 ? kept_.data() + node.kept : own.push(at(rest) * at(rest)), at(rest)};
  std::fill_n(panel.data, at(n) * at(pivots), 0.0);
  for (int c = 0; c < rest; ++c) std::fill_n(update.column(c) + c, at(rest - c), 0.0);
  for (int j = 0; j < pivots; ++j) panel(j, j) = diagonal[at(at_[at(node.first + j)])];
  for (int e = node.first_entry; e < node.last_entry; ++e) lower_[entries_[at(e)].to] += values[at(entries_[at(e)].index)];
  for (int c = node.last_child - 1; c >= node.first_child; --c) {
    const Node& child = nodes_[at(children_[at(c)])];
    const int m = child.below();
    const double* from = child.kept >= 0 ? kept_.data() + child.kept : theirs.pop(at(m) * at(m));
    const int* place = place_.data() + child.first_row;
    for (int k = 0; k < m; ++k, from += m) {
      double* column = place[k] < pivots ? panel.column(place[k]) : update.column(place[k] - pivots) - pivots;
      for (int i = k; i < m; ++i) column[place[i]] += from[i];
    }
  }
  const int lifted = eliminate(panel, n, 0, pivots, positive_.data() + node.first, least_pivot, work.packed, threads);
  if (rest > 0) bear(panel, n, 0, pivots, update, rest, work.packed, threads);
  return lifted;
}

/// Pivots of a node, and what they leave for the rows below; children's shares are gathered as their updates are in the factor.
void QuasidefiniteFactor::forward(const Node& node, const std::vector<double>& y, std::vector<double>& shares) const {
  const int pivots = node.pivots, n = node.size;
  double* own = shares.data() + at(node.first) + node.first_row;
  std::copy_n(y.data() + node.first, pivots, own);
  std::fill_n(own + pivots, n - pivots, 0.0);
  for (int c = node.first_child; c < node.last_child; ++c) {
    const Node& child = nodes_[at(children_[at(c)])];
    const double* update = shares.data() + at(child.last()) + child.first_row;
    const int* place = place_.data() + child.first_row;
    for (int i = 0; i < child.below(); ++i) own[place[i]] += update[i];
  }
  for (int from = 0; from < pivots; from += solved_together) {
    const int to = std::min(pivots, from + solved_together);
    const double* block = lower_.data() + node.offset + at(from) * at(n);
    for (int j = from; j < to; ++j)
      for (int i = j + 1; i < to; ++i) own[i] -= block[at(j - from) * at(n) + at(i)] * own[j];
    dense_kernels().subtract_product(own + to, block + to, at(n), n - to, to - from, own + from);
  }
}

void QuasidefiniteFactor::backward(const Node& node, std::vector<double>& y, std::vector<double>& shares) const {
  const int pivots = node.pivots, n = node.size;
  double* own = shares.data() + at(node.first) + node.first_row;
  for (int i = 0; i < node.below(); ++i) own[pivots + i] = y[at(rows_[node.first_row + at(i)])];
  const double* panel = lower_.data() + node.offset;
  for (int j = 0; j < pivots; ++j) own[j] /= panel[at(j) * at(n + 1)];
  for (int to = pivots; to > 0;) {
    const int from = (to - 1) / solved_together * solved_together;
    const double* block = panel + at(from) * at(n);
    dense_kernels().subtract_transposed(own + from, block + to, at(n), n - to, to - from, own + to);
    for (int j = to - 1; j >= from; --j)
      for (int i = j + 1; i < to; ++i) own[j] -= block[at(j - from) * at(n) + at(i)] * own[i];
    to = from;
  }
  std::copy_n(own, pivots, y.data() + node.first);
}

void QuasidefiniteFactor::solve(std::vector<double>& x, int threads) {
  y_.resize(at(order_));
  shares_.resize(at(order_) + rows_.size());
  for (int k = 0; k < order_; ++k) y_[at(k)] = x[at(at_[at(k)])];
  const int trees = static_cast<int>(subtrees_.size());
  parallel_for(trees, threads, [&](int tree) {
    for (const int s : subtrees_[at(tree)]) forward(nodes_[at(s)], y_, shares_);
  });
  for (const int s : top_) forward(nodes_[at(s)], y_, shares_);
  for (auto s = top_.rbegin(); s != top_.rend(); ++s) backward(nodes_[at(*s)], y_, shares_);
  parallel_for(trees, threads, [&](int tree) {
    for (auto s = subtrees_[at(tree)].rbegin(); s != subtrees_[at(tree)].rend(); ++s) backward(nodes_[at(*s)], y_, shares_);
  });
  for (int k = 0; k < order_; ++k) x[at(at_[at(k)])] = y_[at(k)];
}

}  // namespace tonnage::optimize
