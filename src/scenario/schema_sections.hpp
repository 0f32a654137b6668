// Parts of the scenario's description in Markdown that are not tables of keys.
#pragma once

#include <string>
#include <string_view>

namespace tonnage::scenario {

/// Text of a cell of a Markdown table.
std::string cell(std::string_view text);
/// The same as code; nothing for nothing.
std::string code(std::string_view text);

/// Kinds of quantities and their units.
std::string kinds_section();
/// Figures that a check may name.
std::string figures_section();

}  // namespace tonnage::scenario
