// Values of a scenario changed as a planner would write them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tonnage/scenario/node.hpp"
#include "tonnage/scenario/uncertain.hpp"

namespace tonnage::pipeline {

/// "pools.us-b200.price"; nothing when a name in it cannot be said in --set.
std::optional<std::string> set_path(const std::vector<std::string>& path);

/// The --set arguments that change every number at a path, in the units in which they are written: "460 k USD" by `change` of 460.
/// Uncertain numbers and lists are changed number by number. Empty when there is none.
std::vector<std::string> changed_sets(const scenario::Node& root, const std::vector<std::string>& path, const std::function<double(double)>& change);

/// The --set argument that makes an uncertain number sure, in a unit in which it is written; nothing when there is none.
std::optional<std::string> value_set(const scenario::Node& root, const scenario::UncertainNumber& number, double value);

}  // namespace tonnage::pipeline
