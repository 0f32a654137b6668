// Parts that workbooks share.
#pragma once

#include <string>

#include "tonnage/report/page.hpp"
#include "workbook.hpp"

namespace tonnage::report {

/// One sheet: headers with units in row 0, rows, and live sums where the table has totals. Frozen and with filters.
void table_sheet(Workbook& book, const std::string& name, const Table& table);

/// The page from `row` on: title, facts, tables below each other, notes. Returns the next free row.
int page_cells(Workbook& book, const Page& page, int row);

}  // namespace tonnage::report
