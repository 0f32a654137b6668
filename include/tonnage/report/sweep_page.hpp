// Many what-ifs, a row each.
#pragma once

#include <string>
#include <vector>

#include "tonnage/pipeline/sweep.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

Page sweep_page(const std::string& name, const std::vector<pipeline::SweepAxis>& axes, const std::vector<pipeline::SweepRun>& runs);
Table sweep_table(const std::vector<pipeline::SweepAxis>& axes, const std::vector<pipeline::SweepRun>& runs);
/// With a chart of cost over the values when one path is swept.
std::string sweep_html(const Page& page, const std::vector<pipeline::SweepAxis>& axes, const std::vector<pipeline::SweepRun>& runs);

}  // namespace tonnage::report
