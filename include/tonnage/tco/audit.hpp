// Audit: does a cost table add up? In: a table as printed, and rules that should hold in it. Out: what does not, with what it would
// have to be and the likely slip (a unit, hours, a digit, a factor counted twice).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/core/csv.hpp"
#include "tonnage/core/diagnostics.hpp"
#include "tonnage/core/expression.hpp"

namespace tonnage::tco {

/// A number as printed: "$1,234.50", "35.3 %", "0.46 M tokens".
struct PrintedNumber {
  double value = 0;
  double half_unit = 0;   ///< half of its last printed digit: what rounding may have taken
};
std::optional<PrintedNumber> read_printed_number(std::string_view text);

/// `left = right`, `left <= right`, `left >= right` in every row that has all figures; or left the same in all rows.
struct AuditRule {
  enum class Kind { equal, at_most, at_least, same } kind = Kind::equal;
  std::string text;
  Mark mark;              ///< where it is written; unknown: found in the table
  Expression left, right;
  double tolerance = 0;   ///< relative, beside rounding
  bool inferred = false;  ///< holds in most rows, so it is taken to be meant for all
};

/// "total = a + b", "share <= 1", "same: node_price / nodes", each with "within 0.5 %" after it. Reports at `mark` and returns
/// nothing when it cannot be read.
std::optional<AuditRule> read_rule(const std::string& text, const Mark& mark, Diagnostics& diagnostics);
/// One rule a line; what follows # is a comment.
std::vector<AuditRule> read_rules(std::string_view text, int file, Diagnostics& diagnostics);

struct AuditFinding {
  enum class Kind { wrong, rounding, unlike, implausible } kind = Kind::wrong;
  std::string row;        ///< its name, or "row 3"
  std::string figure;     ///< the column, or the expression
  std::string rule;
  Mark mark;              ///< of the figure
  std::string printed;    ///< the figure as it stands in the table; empty: of several
  double found = 0;
  std::optional<double> expected;
  std::string why;
};

struct AuditCount {
  std::string rule;
  bool inferred = false;
  int rows = 0, failed = 0, without = 0;  ///< checked; of them not met; without all figures
};

struct Audit {
  std::vector<AuditFinding> findings;  ///< by place
  std::vector<AuditCount> checked;
};

/// Reports a rule's name that is no column, and a figure of a rule that is no number. `infer`: look for sums, products and constant
/// ratios that hold in most rows.
Audit audit(const CsvTable& table, const std::vector<AuditRule>& rules, bool infer, Diagnostics& diagnostics);

/// The likely slip that made `found` of `expected`; empty when none fits. `half_unit`: rounding of what was found; `about_time`: hours
/// of a month or year may have been mixed up, which are too close to one another to be told from chance elsewhere.
std::string likely_slip(double found, double expected, double half_unit, bool about_time);

/// Why a figure of such a column cannot be right ("a PUE below 1"); empty when it may be.
std::string implausible(const std::string& column, double value);

}  // namespace tonnage::tco
