// A page: what a command has to say, as tables and lines of text, before any format. One page, n renderers.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tonnage/core/calendar.hpp"
#include "tonnage/core/money.hpp"

namespace tonnage::report {

/// Nothing (an empty field), text, a number, or money.
using Cell = std::variant<std::monostate, std::string, double, Money>;

struct Column {
  std::string name;       ///< for machines, with its unit: "power_mw"
  std::string title;      ///< for people
  enum class Kind { text, number, money } kind = Kind::text;
  int digits = 0;         ///< numbers for people: decimals; money: decimals of the unit chosen for the column
  bool adds = false;      ///< numbers: the row of totals has their sum
  int unit_as = -1;       ///< money for people: in the unit of this column
};

struct Table {
  std::string id;         ///< "orders"
  std::string title;      ///< for people; may be empty
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  bool total = false;     ///< people get a row of sums (money, and numbers that add); printed parts add up to it
  std::string note;       ///< for people, below the table
  bool detail = false;    ///< Markdown folds it away
};

/// A line "Cost   142.6 M   low 127.9   optimal": label, main, aside, remark.
struct Fact {
  std::string label, value, aside, remark;
};

struct Page {
  std::string title;
  std::vector<Fact> facts;
  std::vector<Table> tables;
  std::string notes_title;
  std::vector<std::string> notes;
  Date as_of{std::chrono::days{10957}};  ///< stands for the clock in a document's properties; 2000-01-01 where there is no scenario
};

struct TerminalStyle {
  int width = 100;
  bool color = false;
};

/// For people: aligned, rounded so that printed parts add up.
std::string to_terminal(const Page& page, const TerminalStyle& style);
std::string to_markdown(const Page& page);
/// For machines: one table, full precision, RFC 4180 with LF line ends; text that a spreadsheet would run is defused.
std::string to_csv(const Table& table);

/// "142.6 M", "57.7 k", "12": for headlines. `decimals` after the unit's point.
std::string short_money(Money amount, int decimals = 1);

}  // namespace tonnage::report
