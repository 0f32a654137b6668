#include "elimination.hpp"

#include <algorithm>

#include <Eigen/OrderingMethods>
#include <Eigen/SparseCore>

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

}  // namespace

Elimination::Elimination(SymmetricPattern pattern) : pattern_(std::move(pattern)), order_(pattern_.order) {
  eliminate_in_good_order();
  std::vector<std::vector<int>> above(at(order_)), below(at(order_));
  const auto spread = [&] {
    for (auto& list : above) list.clear();
    for (auto& list : below) list.clear();
    for (const MatrixEntry& e : pattern_.entries) {
      const int i = std::max(when_[at(e.row)], when_[at(e.column)]), j = std::min(when_[at(e.row)], when_[at(e.column)]);
      if (i == j) continue;
      above[at(i)].push_back(j);
      below[at(j)].push_back(i);
    }
  };
  spread();
  postorder(parents(above));
  spread();
  place_nodes(find_supernodes(parents(above), below));
  place_rows();
  place_entries();
  split_work();
  place_updates();
}

/// Approximate minimum degree (Amestoy, Davis, Duff 1996) for all but the linking pivots.
void Elimination::eliminate_in_good_order() {
  std::vector<int> inner(at(order_), -1), outer;
  for (int i = 0; i < order_; ++i) {
    if (pattern_.linking[at(i)]) {
      outer.push_back(i);
      continue;
    }
    inner[at(i)] = static_cast<int>(at_.size());
    at_.push_back(i);
  }
  const int count = static_cast<int>(at_.size());
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(2 * pattern_.entries.size() + at(count));
  for (const MatrixEntry& e : pattern_.entries) {
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
void Elimination::postorder(const std::vector<int>& parent) {
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
std::vector<int> Elimination::parents(const std::vector<std::vector<int>>& above) const {
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

std::vector<Elimination::Supernode> Elimination::find_supernodes(const std::vector<int>& parent, const std::vector<std::vector<int>>& below) const {
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

std::vector<Elimination::Supernode> Elimination::merged(std::vector<Supernode> nodes) {
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

void Elimination::place_nodes(const std::vector<Supernode>& supernodes) {
  owner_.resize(at(order_));
  for (const Supernode& from : supernodes) {
    Node node{};
    node.first = from.first;
    node.pivots = from.last - from.first;
    node.size = node.pivots + static_cast<int>(from.rows.size());
    node.offset = length_;
    node.first_row = rows_.size();
    length_ += at(node.size) * at(node.pivots);
    rows_.insert(rows_.end(), from.rows.begin(), from.rows.end());
    for (int j = from.first; j < from.last; ++j) owner_[at(j)] = static_cast<int>(nodes_.size());
    nodes_.push_back(node);
  }
  std::vector<std::vector<int>> children(nodes_.size());
  for (int s = 0; s < static_cast<int>(nodes_.size()); ++s)
    if (const Node& node = nodes_[at(s)]; node.below() > 0) children[at(owner_[at(rows_[node.first_row])])].push_back(s);
  for (std::size_t s = 0; s < nodes_.size(); ++s) {
    nodes_[s].first_child = static_cast<int>(children_.size());
    children_.insert(children_.end(), children[s].begin(), children[s].end());
    nodes_[s].last_child = static_cast<int>(children_.size());
  }
}

void Elimination::place_rows() {
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

void Elimination::place_entries() {
  std::vector<std::vector<Entry>> by_node(nodes_.size());
  for (int e = 0; e < static_cast<int>(pattern_.entries.size()); ++e) {
    const int a = when_[at(pattern_.entries[at(e)].row)], b = when_[at(pattern_.entries[at(e)].column)];
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
void Elimination::split_work() {
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
void Elimination::place_updates() {
  for (const auto& tree : subtrees_) {
    Node& root = nodes_[at(tree.back())];
    root.kept = static_cast<long long>(kept_length_);
    kept_length_ += at(root.below()) * at(root.below());
  }
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node)
    for (int c = node->first_child; c < node->last_child; ++c) nodes_[at(children_[at(c)])].odd = !node->odd;
  for (const auto& tree : subtrees_) {
    const auto most = stacks(tree);
    for (std::size_t i = 0; i < 2; ++i) subtree_stacks_[i] = std::max(subtree_stacks_[i], most[i]);
  }
  top_stacks_ = stacks(top_);
}

/// Most that lies on each stack while `nodes` are done.
std::array<std::size_t, 2> Elimination::stacks(const std::vector<int>& nodes) const {
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

double Elimination::factor_by_solve() const {
  double factor = 0;
  for (const Node& node : nodes_)
    for (int j = 0; j < node.pivots; ++j) factor += static_cast<double>(node.size - j) * (node.size - j);
  return factor / std::max(1.0, 4 * static_cast<double>(nonzeros()));
}

}  // namespace tonnage::optimize
