// Rules that a table seems to keep.
#include <algorithm>
#include <bit>
#include <cmath>

#include "audit_grid.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::tco {

namespace {

constexpr int max_columns = 12;       // of figures: 2^12 sums at most for each
constexpr int fewest_rows = 4;        // a rule that holds in fewer rows may be chance
constexpr double most_rows = 0.6;

class Inference {
 public:
  explicit Inference(const AuditGrid& grid) : grid_(grid) {
    for (std::size_t c = 0; c < grid.columns.size() && figures_.size() < max_columns; ++c)
      if (is_figure(c)) figures_.push_back(c);
    for (std::size_t r = 0; r < grid.rows.size(); ++r)
      if (!grid.rows[r].total && complete(r)) rows_.push_back(r);
  }

  std::vector<AuditRule> find() {
    if (static_cast<int>(rows_.size()) < fewest_rows) return {};
    for (std::size_t k = 0; k < figures_.size(); ++k)
      if (!constant(figures_[k]) && !find_sum(k)) find_product(k);
    find_ratios();
    return std::move(found_);
  }

 private:
  bool is_figure(std::size_t c) const {
    bool any = false;
    for (const AuditGrid::Row& row : grid_.rows) {
      if (trim(std::string_view(row.cells[c].text)).empty()) continue;
      if (!row.cells[c].number) return false;
      any = true;
    }
    return any;
  }
  bool complete(std::size_t r) const {
    return std::all_of(figures_.begin(), figures_.end(), [&](std::size_t c) { return grid_.rows[r].cells[c].number.has_value(); });
  }
  double value(std::size_t r, std::size_t c) const { return grid_.rows[r].cells[c].number->value; }
  double half_unit(std::size_t r, std::size_t c) const { return grid_.rows[r].cells[c].number->half_unit; }
  bool constant(std::size_t c) const {
    return std::all_of(rows_.begin(), rows_.end(), [&](std::size_t r) { return value(r, c) == value(rows_[0], c); });
  }
  bool enough(int rows) const { return rows >= fewest_rows && rows >= most_rows * static_cast<double>(rows_.size()); }

  template <class F>
  int agreeing(std::size_t target, F expected) const {
    return static_cast<int>(std::count_if(rows_.begin(), rows_.end(), [&](std::size_t r) {
      const double x = expected(r);
      return std::fabs(value(r, target) - x) <= half_unit(r, target) + 1e-9 * std::fabs(x) && x != 0;
    }));
  }

  static std::string quoted(const std::string& name) { return "`" + name + "`"; }

  void add(const std::string& text) {
    Diagnostics quiet;
    if (auto rule = read_rule(text, Mark{}, quiet)) {
      rule->inferred = true;
      for (char& c : rule->text) c = c == '`' ? ' ' : c;
      std::string tidy;
      for (const std::string_view part : split(rule->text, ' '))
        if (!part.empty()) tidy += (tidy.empty() ? "" : " ") + std::string(part);
      rule->text = tidy;
      found_.push_back(std::move(*rule));
    }
  }

  /// The smallest set of other columns that sums to this one in most rows.
  bool find_sum(std::size_t target) {
    std::size_t best = 0;
    int most = 0;
    for (std::size_t mask = 1; mask < std::size_t{1} << figures_.size(); ++mask) {
      if ((mask >> target & 1) != 0 || std::popcount(mask) < 2) continue;
      if (best != 0 && std::popcount(mask) >= std::popcount(best)) continue;
      const int rows = agreeing(figures_[target], [&](std::size_t r) {
        double sum = 0;
        for (std::size_t k = 0; k < figures_.size(); ++k)
          if ((mask >> k & 1) != 0) sum += value(r, figures_[k]);
        return sum;
      });
      if (enough(rows) && rows > most && all_matter(mask)) most = rows, best = mask;
    }
    if (best == 0) return false;
    std::string text;
    for (std::size_t k = 0; k < figures_.size(); ++k)
      if ((best >> k & 1) != 0) text += (text.empty() ? "" : " + ") + quoted(grid_.columns[figures_[k]]);
    add(quoted(grid_.columns[figures_[target]]) + " = " + text);
    return true;
  }

  /// No column of a sum that is zero nearly everywhere: it would join any sum.
  bool all_matter(std::size_t mask) const {
    for (std::size_t k = 0; k < figures_.size(); ++k)
      if ((mask >> k & 1) != 0) {
        const auto rows = std::count_if(rows_.begin(), rows_.end(), [&](std::size_t r) { return value(r, figures_[k]) != 0; });
        if (!enough(static_cast<int>(rows))) return false;
      }
    return true;
  }

  bool find_product(std::size_t target) {
    for (std::size_t a = 0; a < figures_.size(); ++a)
      for (std::size_t b = a + 1; b < figures_.size(); ++b) {
        if (a == target || b == target) continue;
        const std::size_t x = figures_[a], y = figures_[b];
        if (constant(x) && constant(y)) continue;
        const bool trivial = std::all_of(rows_.begin(), rows_.end(), [&](std::size_t r) { return value(r, x) == 1 || value(r, y) == 1; });
        if (trivial || !enough(agreeing(figures_[target], [&](std::size_t r) { return value(r, x) * value(r, y); }))) continue;
        add(quoted(grid_.columns[figures_[target]]) + " = " + quoted(grid_.columns[x]) + " * " + quoted(grid_.columns[y]));
        return true;
      }
    return false;
  }

  Ranged ratio(std::size_t r, std::size_t x, std::size_t y) const {
    const auto share = [&](std::size_t c) { return rounded(*grid_.rows[r].cells[c].number) ? half_unit(r, c) / std::fabs(value(r, c)) : 0; };
    const double quotient = value(r, x) / value(r, y);
    return {quotient, std::fabs(quotient) * (share(x) + share(y))};
  }

  /// a / b with one value in most rows: for each a, the b that it holds with in most.
  void find_ratios() {
    for (const std::size_t x : figures_) {
      std::size_t best = x;
      int most = 0;
      for (const std::size_t y : figures_) {
        const bool zero = std::any_of(rows_.begin(), rows_.end(), [&](std::size_t r) { return value(r, y) == 0 || value(r, x) == 0; });
        if (x == y || zero || constant(x) || constant(y)) continue;
        std::vector<Ranged> ratios;
        for (const std::size_t r : rows_) ratios.push_back(ratio(r, x, y));
        const auto [common, rows] = usual(ratios, 0);
        if (std::fabs(common.value) >= 1 && common.slack < 0.02 * std::fabs(common.value) && enough(rows) && rows > most) most = rows, best = y;
      }
      if (best != x) add("same: " + quoted(grid_.columns[x]) + " / " + quoted(grid_.columns[best]));
    }
  }

  const AuditGrid& grid_;
  std::vector<std::size_t> figures_, rows_;
  std::vector<AuditRule> found_;
};

}  // namespace

std::vector<AuditRule> infer_rules(const AuditGrid& grid) { return Inference(grid).find(); }

}  // namespace tonnage::tco
