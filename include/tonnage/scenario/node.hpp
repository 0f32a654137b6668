// A scenario file as a tree in which every value and key knows its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tonnage/core/diagnostics.hpp"

namespace tonnage::scenario {

struct Entry;

struct Node {
  enum class Kind { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  std::string text;              ///< of a scalar
  bool quoted = false;
  Mark mark;
  std::vector<Node> items;       ///< of a sequence
  std::vector<Entry> entries;    ///< of a mapping, in the file's order

  // Filled when the tree is checked against the field table.
  std::optional<double> number;  ///< in base units
  std::string unit;              ///< as written
  std::string dimension;         ///< kind of quantity that it turned out to be
  int field = -1;                ///< row of the field table
  mutable bool used = false;     ///< a stage acts on it; what stays false is warned about

  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
};

struct Entry {
  std::string key;
  Mark key_mark;
  Node value;
};

/// The value at the end of these keys from the root down, items of a list by their place; null where there is none.
const Node* value_at(const Node& root, const std::vector<std::string>& path);

/// Bounds on one document.
inline constexpr int max_depth = 64;
inline constexpr int max_nodes = 2'000'000;
inline constexpr std::size_t max_file_bytes = std::size_t{64} << 20;

/// Reads one YAML 1.2 or JSON document. Scalars stay text; aliases are resolved within the node budget. Reports
/// syntax errors, second documents, repeated keys, undefined and circular aliases, tags, excess depth and size.
/// Returns nothing when the text cannot be read.
std::optional<Node> parse_tree(std::string_view text, int file, Diagnostics& diagnostics);

/// Merges `over` into `base`: mappings by key, all else replaced; a null deletes its key.
void merge(Node& base, const Node& over);

}  // namespace tonnage::scenario
