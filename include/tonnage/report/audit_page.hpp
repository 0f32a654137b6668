// What an audit of a table found.
#pragma once

#include "tonnage/report/page.hpp"
#include "tonnage/tco/audit.hpp"

namespace tonnage::report {

/// `name` of the table; `sources` knows the places.
Page audit_page(const std::string& name, const tco::Audit& audit, const SourceMap& sources);
Table audit_table(const tco::Audit& audit, const SourceMap& sources);
std::string audit_json(const tco::Audit& audit, const SourceMap& sources);

}  // namespace tonnage::report
