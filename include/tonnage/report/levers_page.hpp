// What would help most, for people and machines.
#pragma once

#include <string>
#include <vector>

#include "tonnage/pipeline/levers.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

/// The `top` largest savings; 0: all.
Page levers_page(const pipeline::Run& run, const pipeline::Levers& levers, std::size_t top);
/// Every lever that was tried, a row each, with the arguments that try it.
Table levers_table(const pipeline::Levers& levers);
/// "What would help most" of the plan report.
Table help_most_table(const pipeline::Levers& levers, std::size_t top);

/// "--set 'pools.a.price=9 USD/h'": as a shell takes it.
std::string set_arguments(const std::vector<std::string>& sets);

}  // namespace tonnage::report
