// What differs between two scenarios, value by value, and scenarios between them.
#pragma once

#include <string>
#include <vector>

#include "tonnage/scenario/load.hpp"

namespace tonnage::scenario {

/// Keys from the root down; names may contain dots.
using KeyPath = std::vector<std::string>;
std::string to_string(const KeyPath& path);

/// A value in one line, as it was written: "{low: 410 k USD, mid: 460 k USD}"; a file that is named by what it holds by the hash.
std::string written(const Node& node);

/// A value that one scenario has otherwise than the other: the whole of what only one of them has.
struct Change {
  KeyPath path;
  std::string before, after;   ///< as written, shortened; empty: not there
  std::string where_before, where_after;
};

/// Two scenarios made comparable: their files are named by what they hold.
struct Comparable {
  Node a, b;
  std::vector<DataFile> files;  ///< of both
};
Comparable comparable(const LoadedScenario& a, const LoadedScenario& b);

/// Quantities are the same when their amounts are, files when they hold the same. Ordered by path, so that it does not matter
/// which scenario comes first.
std::vector<Change> changes(const Comparable& both);

/// `a` with the values of `b` at these paths.
Node mixed(const Comparable& both, const std::vector<KeyPath>& from_b);

}  // namespace tonnage::scenario
