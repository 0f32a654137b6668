// JSON Schema of what commands write as JSON.
#pragma once

#include <string>
#include <vector>

namespace tonnage::report {

/// Commands that write JSON.
std::vector<std::string> json_commands();

/// JSON Schema 2020-12 of all that a command writes as JSON; of every command's when the name is empty. Each `kind` of document is a
/// definition of its own, closed: a member that is not named there makes a document invalid.
std::string output_schema(const std::string& command);

/// docs/outputs.md: each kind of document and its members, from the same rows.
std::string outputs_markdown();

}  // namespace tonnage::report
