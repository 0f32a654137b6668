// A table to be audited, its figures read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/tco/audit.hpp"

namespace tonnage::tco {

struct AuditGrid {
  struct Cell {
    std::string text;
    Mark mark;
    std::optional<PrintedNumber> number;
  };
  struct Row {
    std::string name;        ///< its first text, else "row 3"
    bool total = false;      ///< holds the sums of the rows above
    std::vector<Cell> cells;
  };
  std::vector<std::string> columns;
  std::vector<Row> rows;

  int column(const std::string& name) const;
  const Row* row(const std::string& name) const;
};

/// A figure computed of printed ones, and how far their rounding lets it be off. Small whole numbers count as exact.
struct Ranged {
  double value = 0, slack = 0;
};
bool rounded(const PrintedNumber& number);
bool alike(const Ranged& a, const Ranged& b, double tolerance);
/// The value that most others are alike, the surest of them; and how many.
std::pair<Ranged, int> usual(const std::vector<Ranged>& values, double tolerance);

AuditGrid make_grid(const CsvTable& table);

/// Sums of columns, products and constant ratios of two, each in a column of their own, that hold in most rows but need not in all.
std::vector<AuditRule> infer_rules(const AuditGrid& grid);

}  // namespace tonnage::tco
