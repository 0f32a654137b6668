#include "tonnage/core/expression.hpp"

#include <cmath>

#include "tonnage/core/numbers.hpp"

namespace tonnage {

namespace {

constexpr int max_depth = 64;

bool word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0; }
bool digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

/// Recursive descent, weakest operator first.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, Expression& out) : text_(text), out_(out) {}

  bool parse(Expression::Problem& problem) {
    const bool good = sum(0) && (skip(), at_ == text_.size() || fail("expected an operator"));
    if (!good) problem = problem_;
    return good;
  }

 private:
  using Kind = Expression::Step::Kind;

  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool fail(const std::string& message) {
    if (problem_.message.empty()) problem_ = {message, static_cast<int>(at_)};
    return false;
  }
  void put(Kind kind) { out_.steps_.push_back({kind, 0, 0}); }

  bool sum(int depth) {
    if (depth > max_depth) return fail("nested too deeply");
    return chain(depth, &ExpressionParser::product, '+', Kind::add, '-', Kind::subtract);
  }
  bool product(int depth) { return chain(depth, &ExpressionParser::power, '*', Kind::multiply, '/', Kind::divide); }

  /// Parts joined by either of two operators, from left to right.
  bool chain(int depth, bool (ExpressionParser::*part)(int), char one, Kind put_one, char other, Kind put_other) {
    if (!(this->*part)(depth)) return false;
    while (true) {
      const bool first = take(one);
      if (!first && !take(other)) return true;
      if (!(this->*part)(depth)) return false;
      put(first ? put_one : put_other);
    }
  }

  bool power(int depth) {
    if (depth > max_depth) return fail("nested too deeply");
    if (take('-')) {
      if (!power(depth + 1)) return false;
      put(Kind::negate);
      return true;
    }
    if (!atom(depth)) return false;
    if (!take('^')) return true;
    if (!power(depth + 1)) return false;
    put(Kind::power);
    return true;
  }

  bool atom(int depth) {
    if (take('(')) return sum(depth + 1) && (take(')') || fail("expected ')'"));
    skip();
    if (at_ >= text_.size()) return fail("expected a number or a name");
    if (digit(text_[at_]) || text_[at_] == '.') return number();
    std::string name;
    if (!read_name(name)) return false;
    using Over = CellReference::Over;
    const Over over = name == "sum" ? Over::sum : name == "mean" ? Over::mean : name == "min" ? Over::min : name == "max" ? Over::max : Over::row;
    if (over != Over::row && take('(')) {
      std::string column;
      if (skip(), !read_name(column)) return false;
      refer({column, "", over});
      return take(')') || fail("expected ')'");
    }
    std::string row;
    if (take('[')) {
      const std::size_t end = text_.find(']', at_);
      if (end == std::string_view::npos) return fail("expected ']'");
      row = std::string(text_.substr(at_, end - at_));
      at_ = end + 1;
    }
    refer({name, row, Over::row});
    return true;
  }

  bool number() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (digit(text_[at_]) || text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E' || ((text_[at_] == '-' || text_[at_] == '+') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E')))) ++at_;
    const auto value = parse_double(text_.substr(begin, at_ - begin));
    if (!value) {
      at_ = begin;
      return fail("not a number");
    }
    out_.steps_.push_back({Kind::number, *value, 0});
    return true;
  }

  bool read_name(std::string& out) {
    if (at_ < text_.size() && text_[at_] == '`') {
      const std::size_t end = text_.find('`', at_ + 1);
      if (end == std::string_view::npos) return fail("expected a closing '`'");
      out = std::string(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
      return true;
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && word(text_[at_])) ++at_;
    if (at_ == begin) return fail("expected a number or a name");
    out = std::string(text_.substr(begin, at_ - begin));
    return true;
  }

  void refer(CellReference reference) {
    std::size_t index = 0;
    while (index < out_.references_.size() && out_.references_[index] != reference) ++index;
    if (index == out_.references_.size()) out_.references_.push_back(std::move(reference));
    out_.steps_.push_back({Kind::reference, 0, index});
  }

  std::string_view text_;
  Expression& out_;
  std::size_t at_ = 0;
  Expression::Problem problem_;
};

std::optional<Expression> Expression::parse(std::string_view text, Problem& problem) {
  Expression out;
  if (!ExpressionParser(text, out).parse(problem)) return std::nullopt;
  return out;
}

double Expression::evaluate(const std::function<double(const CellReference&)>& value_of) const {
  std::vector<double> stack;
  for (const Step& step : steps_) {
    using Kind = Step::Kind;
    if (step.kind == Kind::number) {
      stack.push_back(step.number);
    } else if (step.kind == Kind::reference) {
      stack.push_back(value_of(references_[step.reference]));
    } else if (step.kind == Kind::negate) {
      stack.back() = -stack.back();
    } else {
      const double right = stack.back();
      stack.pop_back();
      double& left = stack.back();
      if (step.kind == Kind::add) left += right;
      else if (step.kind == Kind::subtract) left -= right;
      else if (step.kind == Kind::multiply) left *= right;
      else if (step.kind == Kind::divide) left /= right;
      else left = std::pow(left, right);
    }
  }
  return stack.back();
}

}  // namespace tonnage
