// Checks a tree against the field table: keys, forms, units, ranges, names. Fills Node::number.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tonnage/core/quantity.hpp"
#include "tonnage/scenario/fields.hpp"
#include "tonnage/scenario/node.hpp"
#include "tonnage/scenario/uncertain.hpp"

namespace tonnage::scenario {

/// Names that a reference to `collection` ("regions", "models", ...) may use.
using NamesOf = std::function<std::vector<std::string>(std::string_view collection)>;

struct TreeCheck {
  const NamesOf& names_of;
  const Currencies& currencies;
  Diagnostics& diagnostics;
  std::vector<UncertainNumber> uncertain;  ///< out: what is given as a distribution
};

void check_tree(Node& root, TreeCheck& check);
/// One top-level key alone.
void check_value(Node& value, const std::string& key, TreeCheck& check);

/// The scalar as a quantity of one of the kinds in `detail`; reports and returns false when it is not one.
bool read_quantity(Node& node, const Field& field, const Currencies& currencies, Diagnostics& diagnostics);

}  // namespace tonnage::scenario
