// --lock: what a plan is made from, pinned in a file, so that it can be made again to the byte.
#pragma once

#include "context.hpp"

namespace tonnage::cli {

/// Writes the file of --lock when there is none; else compares. Throws Reported, when what differs was said, UsageError for options
/// under which two runs may differ, and IoError.
void hold_lock(const Context& context, const scenario::LoadedScenario& loaded);

}  // namespace tonnage::cli
