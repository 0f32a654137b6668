// Typed access to a checked tree. Every access marks what it reads as used; keys that nobody reads are warned about.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tonnage/core/calendar.hpp"
#include "tonnage/scenario/node.hpp"

namespace tonnage::scenario {

class View {
 public:
  View(const Node* node, std::string path) : node_(node), path_(std::move(path)) {
    if (node_ != nullptr) node_->used = true;
  }

  explicit operator bool() const { return node_ != nullptr; }
  const Node& node() const { return *node_; }
  const std::string& path() const { return path_; }
  Mark mark() const { return node_ != nullptr ? node_->mark : Mark{}; }

  /// A key of a mapping; empty when absent.
  View at(std::string_view key) const {
    const Node* child = node_ != nullptr ? node_->find(key) : nullptr;
    return {child, path_.empty() ? std::string(key) : path_ + "." + std::string(key)};
  }
  bool has(std::string_view key) const { return node_ != nullptr && node_->find(key) != nullptr; }

  bool is_mapping() const { return node_ != nullptr && node_->kind == Node::Kind::mapping; }
  bool is_list() const { return node_ != nullptr && node_->kind == Node::Kind::sequence; }
  bool is_scalar() const { return node_ != nullptr && node_->kind == Node::Kind::scalar; }

  /// The number in base units; `fallback` when absent.
  double number(double fallback) const { return node_ != nullptr && node_->number ? *node_->number : fallback; }
  std::optional<double> number() const { return node_ != nullptr ? node_->number : std::nullopt; }
  std::string text(std::string_view fallback = "") const { return is_scalar() ? node_->text : std::string(fallback); }
  bool flag() const { return is_scalar() && node_->text == "true"; }
  std::optional<Date> date() const { return is_scalar() ? parse_date(node_->text) : std::nullopt; }

  /// Calls f(name, view) for every entry of a mapping.
  template <class F>
  void each(F f) const {
    if (node_ == nullptr) return;
    for (const Entry& entry : node_->entries) f(entry.key, View(&entry.value, path_ + "." + entry.key));
  }
  /// Calls f(view) for every item of a list.
  template <class F>
  void items(F f) const {
    if (node_ == nullptr) return;
    for (std::size_t i = 0; i < node_->items.size(); ++i) f(View(&node_->items[i], path_ + "." + std::to_string(i)));
  }

 private:
  const Node* node_;
  std::string path_;
};

inline constexpr double hour_s = 3600;
inline constexpr double day_s = 86400;
inline constexpr double month_s = 365.25 * day_s / 12;
inline constexpr double year_s = 365.25 * day_s;

}  // namespace tonnage::scenario
