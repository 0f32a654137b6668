#include "workbook.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "tonnage/core/io.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::report {

namespace {

constexpr int widest_column = 60;
constexpr std::size_t longest_text = 8000;  // a cell holds 32,767 characters, one of which may take four bytes

lxw_row_t at_row(int row) { return static_cast<lxw_row_t>(row); }
lxw_col_t at_column(int column) { return static_cast<lxw_col_t>(column); }

/// Days since the epoch of spreadsheets.
double serial(Date date) { return static_cast<double>(date.time_since_epoch().count()) + 25569; }

std::string number_format(int digits) { return digits <= 0 ? "#,##0" : "#,##0." + std::string(static_cast<std::size_t>(digits), '0'); }

/// Of a number with separators of thousands.
int shown_width(double value, int digits) {
  const int whole = display_width(fixed(std::fabs(value), 0));
  return whole + (whole - 1) / 3 + (digits > 0 ? digits + 1 : 0) + (value < 0 ? 1 : 0);
}

bool ends_with(const std::string& text, const std::string& end) { return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0; }

bool holds_dates(const std::string& column) { return column == "order_by" || column == "start" || column == "end" || ends_with(column, "_start") || ends_with(column, "_end"); }

}  // namespace

std::string cell_name(int row, int column) {
  char name[LXW_MAX_CELL_NAME_LENGTH];
  lxw_rowcol_to_cell_abs(name, at_row(row), at_column(column), 1, 1);
  return name;
}

Workbook::Workbook(Date created, const std::string& title) {
  lxw_workbook_options options{};
  book_ = workbook_new_opt(file_.path().c_str(), &options);
  if (book_ == nullptr) throw IoError("make", "a workbook", ENOMEM);
  const long long seconds = std::chrono::duration_cast<std::chrono::seconds>(created.time_since_epoch()).count();
  std::string head = printable(title);
  std::string author = "tonnage";
  lxw_doc_properties properties{};
  properties.title = head.data();
  properties.author = author.data();
  properties.created = static_cast<std::time_t>(std::max(seconds, 1LL));  // 0 would be the clock
  workbook_set_properties(book_, &properties);
}

Workbook::~Workbook() {
  if (book_ != nullptr) lxw_workbook_free(book_);
}

void Workbook::sheet(const std::string& name) {
  sheet_ = workbook_add_worksheet(book_, name.c_str());
  worksheet_set_landscape(sheet_);
  worksheet_fit_to_pages(sheet_, 1, 0);  // on paper: as wide as a page
}

lxw_format* Workbook::format(const std::string& number_format, Look look) {
  lxw_format*& made = formats_[{number_format, look}];
  if (made != nullptr) return made;
  made = workbook_add_format(book_);
  if (!number_format.empty()) format_set_num_format(made, number_format.c_str());
  if (look != Look::plain) format_set_bold(made);
  if (look == Look::title) format_set_font_size(made, 14);
  if (look == Look::head) {
    format_set_text_wrap(made);
    format_set_bg_color(made, 0xDCE6F1);
    format_set_bottom(made, LXW_BORDER_THIN);
    format_set_align(made, LXW_ALIGN_VERTICAL_TOP);
  }
  if (look == Look::strong) format_set_top(made, LXW_BORDER_THIN);
  return made;
}

void Workbook::widen(int column, int width) {
  int& widest = widths_[sheet_][column];
  widest = std::max(widest, std::min(width + 2, widest_column));
}

void Workbook::text(int row, int column, const std::string& text, Look look) {
  std::string shown = printable(text);
  if (shown.size() > longest_text) {
    shown.resize(longest_text);
    while (!shown.empty() && (static_cast<unsigned char>(shown.back()) & 0xC0U) == 0x80U) shown.pop_back();
    if (!shown.empty() && static_cast<unsigned char>(shown.back()) >= 0xC0U) shown.pop_back();
    shown += "…";
  }
  worksheet_write_string(sheet_, at_row(row), at_column(column), shown.c_str(), look == Look::plain || look == Look::note ? nullptr : format("", look));
  if (look != Look::title && look != Look::note) widen(column, look == Look::head ? std::min(display_width(shown), 14) : display_width(shown));
}

void Workbook::number(int row, int column, double value, int digits, Look look) {
  if (!std::isfinite(value)) return;
  worksheet_write_number(sheet_, at_row(row), at_column(column), value, format(number_format(digits), look));
  widen(column, shown_width(value, digits));
}

void Workbook::date(int row, int column, Date date) {
  worksheet_write_number(sheet_, at_row(row), at_column(column), serial(date), format("yyyy-mm-dd", Look::plain));
  widen(column, 10);
}

void Workbook::link(int row, int column, const std::string& sheet, const std::string& text) {
  worksheet_write_url_opt(sheet_, at_row(row), at_column(column), ("internal:" + sheet + "!A1").c_str(), nullptr, text.c_str(), nullptr);
  widen(column, display_width(text));
}

void Workbook::formula(int row, int column, const std::string& formula, double value, int digits, Look look) {
  worksheet_write_formula_num(sheet_, at_row(row), at_column(column), ("=" + formula).c_str(), format(number_format(digits), look), value);
  widen(column, shown_width(value, digits));
}

void Workbook::cell(int row, int column, const Cell& cell, const Column& of) {
  if (const auto* text_value = std::get_if<std::string>(&cell)) {
    const auto day = holds_dates(of.name) ? parse_date(*text_value) : std::nullopt;
    if (day) date(row, column, *day);
    else text(row, column, *text_value);
  } else if (const auto* value = std::get_if<double>(&cell)) {
    number(row, column, *value, of.digits);
  } else if (const auto* money = std::get_if<Money>(&cell)) {
    number(row, column, money->approximate(), 2);
  }
}

void Workbook::filter(int head, int last_row, int last_column, int frozen_columns) {
  worksheet_freeze_panes(sheet_, at_row(head + 1), at_column(frozen_columns));
  if (last_row > head) worksheet_autofilter(sheet_, at_row(head), 0, at_row(last_row), at_column(last_column));
}

std::string Workbook::finish() {
  for (const auto& [sheet, columns] : widths_)
    for (const auto& [column, width] : columns) worksheet_set_column(sheet, at_column(column), at_column(column), std::max(width, 8), nullptr);
  const lxw_error error = workbook_close(book_);  // frees it
  book_ = nullptr;
  if (error != LXW_NO_ERROR) throw IoError("write", "the temporary files of a workbook", error == LXW_ERROR_MEMORY_MALLOC_FAILED ? ENOMEM : ENOSPC);
  std::string bytes = file_.contents();
  check_workbook(bytes);
  return bytes;
}

}  // namespace tonnage::report
