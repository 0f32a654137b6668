#include "quasidefinite.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include "dense_kernels.hpp"
#include "tonnage/core/parallel.hpp"

namespace tonnage::optimize {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

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

QuasidefiniteFactor::QuasidefiniteFactor(std::shared_ptr<const Elimination> elimination, const std::vector<char>& positive)
    : plan_(std::move(elimination)), lower_(plan_->length_), kept_(plan_->kept_length_) {
  for (const int i : plan_->at_) positive_.push_back(positive[at(i)]);
}

int QuasidefiniteFactor::factor(const std::vector<double>& diagonal, const std::vector<double>& values, double least_pivot, int threads) {
  const int trees = static_cast<int>(plan_->subtrees_.size()), workers = std::clamp(threads, 1, std::max(1, trees));
  if (work_.size() < at(workers)) work_.resize(at(workers));
  for (std::size_t i = 0; i < 2; ++i)
    for (Workspace& work : work_) work.updates[i].memory.resize(&work == &work_.front() ? std::max(plan_->subtree_stacks_[i], plan_->top_stacks_[i]) : plan_->subtree_stacks_[i]);
  std::vector<int> lifted(at(trees), 0);
  std::atomic<int> next{0};
  parallel_for(workers, workers, [&](int worker) {
    for (int tree = next++; tree < trees; tree = next++)
      for (const int s : plan_->subtrees_[at(tree)]) lifted[at(tree)] += factor_one(plan_->nodes_[at(s)], diagonal, values, least_pivot, 1, work_[at(worker)]);
  });
  int all = std::accumulate(lifted.begin(), lifted.end(), 0);
  for (const int s : plan_->top_) all += factor_one(plan_->nodes_[at(s)], diagonal, values, least_pivot, threads, work_.front());
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
  for (int j = 0; j < pivots; ++j) panel(j, j) = diagonal[at(plan_->at_[at(node.first + j)])];
  for (int e = node.first_entry; e < node.last_entry; ++e) lower_[plan_->entries_[at(e)].to] += values[at(plan_->entries_[at(e)].index)];
  for (int c = node.last_child - 1; c >= node.first_child; --c) {
    const Node& child = plan_->nodes_[at(plan_->children_[at(c)])];
    const int m = child.below();
    const double* from = child.kept >= 0 ? kept_.data() + child.kept : theirs.pop(at(m) * at(m));
    const int* place = plan_->place_.data() + child.first_row;
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
    const Node& child = plan_->nodes_[at(plan_->children_[at(c)])];
    const double* update = shares.data() + at(child.last()) + child.first_row;
    const int* place = plan_->place_.data() + child.first_row;
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
  for (int i = 0; i < node.below(); ++i) own[pivots + i] = y[at(plan_->rows_[node.first_row + at(i)])];
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
  y_.resize(at(plan_->order_));
  shares_.resize(at(plan_->order_) + plan_->rows_.size());
  for (int k = 0; k < plan_->order_; ++k) y_[at(k)] = x[at(plan_->at_[at(k)])];
  const int trees = static_cast<int>(plan_->subtrees_.size());
  parallel_for(trees, threads, [&](int tree) {
    for (const int s : plan_->subtrees_[at(tree)]) forward(plan_->nodes_[at(s)], y_, shares_);
  });
  for (const int s : plan_->top_) forward(plan_->nodes_[at(s)], y_, shares_);
  for (auto s = plan_->top_.rbegin(); s != plan_->top_.rend(); ++s) backward(plan_->nodes_[at(*s)], y_, shares_);
  parallel_for(trees, threads, [&](int tree) {
    for (auto s = plan_->subtrees_[at(tree)].rbegin(); s != plan_->subtrees_[at(tree)].rend(); ++s) backward(plan_->nodes_[at(*s)], y_, shares_);
  });
  for (int k = 0; k < plan_->order_; ++k) x[at(plan_->at_[at(k)])] = y_[at(k)];
}

}  // namespace tonnage::optimize
