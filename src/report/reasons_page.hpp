// What a plan tells beside itself, for people: what moves, what else costs nearly as little, what decisions are worth.
#pragma once

#include <vector>

#include "tonnage/pipeline/pipeline.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

/// Only tables that have something to say.
std::vector<Table> reasons_tables(const pipeline::Run& run);

}  // namespace tonnage::report
