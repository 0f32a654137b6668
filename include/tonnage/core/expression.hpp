// Arithmetic over the cells of a table: numbers, names, + - * / ^, parentheses, sum(x), mean(x), min(x), max(x).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tonnage {

/// What a name stands for: a column in the row at hand, in a row of that name (`total[west]`), or over all rows (`sum(total)`).
struct CellReference {
  enum class Over { row, sum, mean, min, max };
  std::string column;
  std::string row;             ///< empty: the row at hand
  Over over = Over::row;
  auto operator<=>(const CellReference&) const = default;
};

class Expression {
 public:
  struct Problem {
    std::string message;
    int at = 0;                ///< byte in the text
  };
  /// Names hold letters, digits and _, or anything within backticks. Nothing and a problem when it cannot be read.
  static std::optional<Expression> parse(std::string_view text, Problem& problem);

  /// NaN and infinities come out as the arithmetic gives them.
  double evaluate(const std::function<double(const CellReference&)>& value_of) const;

  const std::vector<CellReference>& references() const { return references_; }
  /// Only a name: what a figure in a table is compared with.
  bool is_reference() const { return steps_.size() == 1 && steps_[0].kind == Step::Kind::reference; }

 private:
  struct Step {
    enum class Kind { number, reference, negate, add, subtract, multiply, divide, power } kind = Kind::number;
    double number = 0;
    std::size_t reference = 0;
  };
  friend class ExpressionParser;
  std::vector<Step> steps_;    ///< in postfix order
  std::vector<CellReference> references_;
};

}  // namespace tonnage
