// A workbook in memory, by libxlsxwriter. Texts are texts, whatever they begin with; nothing depends on the clock.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <xlsxwriter.h>

#include "tonnage/core/calendar.hpp"
#include "tonnage/core/memory_file.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

enum class Look { plain, note, head, title, label, strong };

/// "$C$5", rows and columns from 0.
std::string cell_name(int row, int column);

class Workbook {
 public:
  /// `created` stands in the document's properties, in place of the clock.
  Workbook(Date created, const std::string& title);
  ~Workbook();
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;

  /// The sheet that all that follows goes to. Names are letters, digits and '_', at most 31.
  void sheet(const std::string& name);
  void text(int row, int column, const std::string& text, Look look = Look::plain);
  void number(int row, int column, double value, int digits, Look look = Look::plain);
  void date(int row, int column, Date date);
  void link(int row, int column, const std::string& sheet, const std::string& text);
  /// `value` is what the formula comes to now, for readers that do not calculate.
  void formula(int row, int column, const std::string& formula, double value, int digits, Look look = Look::plain);
  /// A cell of a table; a text of a column of dates becomes a date.
  void cell(int row, int column, const Cell& cell, const Column& of);
  /// Filter buttons on a head row and its rows, and the head frozen.
  void filter(int head, int last_row, int last_column, int frozen_columns);
  /// The bytes. Throws IoError when a part of them was lost, as on a full disk. Call once.
  std::string finish();

 private:
  lxw_format* format(const std::string& number_format, Look look);
  void widen(int column, int width);

  MemoryFile file_;
  lxw_workbook* book_ = nullptr;
  lxw_worksheet* sheet_ = nullptr;
  std::map<std::pair<std::string, Look>, lxw_format*> formats_;
  std::map<lxw_worksheet*, std::map<int, int>> widths_;
};

/// Throws IoError when a part of the archive does not end as its XML began. libxlsxwriter collects parts in temporary files and
/// does not look whether they could be written.
void check_workbook(const std::string& bytes);

}  // namespace tonnage::report
