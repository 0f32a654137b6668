#include "tonnage/scenario/node.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>
#include <yaml.h>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::scenario {

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(static_cast<const Node*>(this)->find(key)); }

namespace {

/// Owns libyaml's parser.
class Events {
 public:
  explicit Events(std::string_view text) {
    good_ = yaml_parser_initialize(&parser_) == 1;
    if (!good_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  ~Events() {
    if (!good_) return;
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }

  /// The next event, or nullptr on a syntax error.
  const yaml_event_t* next() {
    yaml_event_delete(&event_);
    event_ = {};
    return good_ && yaml_parser_parse(&parser_, &event_) == 1 ? &event_ : nullptr;
  }
  const yaml_parser_t& parser() const { return parser_; }

 private:
  yaml_parser_t parser_{};
  yaml_event_t event_{};
  bool good_ = false;
};

class TreeReader {
 public:
  TreeReader(std::string_view text, int file, Diagnostics& diagnostics) : events_(text), text_(text), file_(file), diagnostics_(diagnostics) {}

  std::optional<Node> document() {
    const yaml_event_t* event = advance();
    while (event != nullptr && (event->type == YAML_STREAM_START_EVENT || event->type == YAML_DOCUMENT_START_EVENT)) event = advance();
    if (event == nullptr) return std::nullopt;
    if (event->type == YAML_STREAM_END_EVENT) {
      fail("empty", "this file is empty", {file_, 1, 1, 0}, "a scenario is a mapping of keys; 'tonnage init' writes one that runs");
      return std::nullopt;
    }
    Node root;
    if (!value(*event, root, 0)) return std::nullopt;
    event = advance();
    if (event != nullptr && event->type == YAML_DOCUMENT_END_EVENT) event = advance();
    if (event == nullptr) return std::nullopt;
    if (event->type != YAML_STREAM_END_EVENT) {
      fail("second-document", "a second document begins here; a file holds one", mark(event->start_mark, event->start_mark));
      return std::nullopt;
    }
    return failed_ ? std::nullopt : std::optional(std::move(root));
  }

 private:
  static int to_int(std::size_t value) { return static_cast<int>(value); }

  Mark mark(const yaml_mark_t& start, const yaml_mark_t& end) const {
    return {file_, to_int(start.line) + 1, to_int(start.column) + 1, end.line == start.line ? to_int(end.column) + 1 : 0};
  }

  void fail(std::string code, std::string message, Mark where, std::string note = {}) {
    diagnostics_.error(std::move(code), std::move(message), where, "", std::move(note));
    failed_ = true;
  }

  const yaml_event_t* advance() {
    const yaml_event_t* event = events_.next();
    if (event == nullptr) syntax_error();
    return event;
  }

  /// The place of a byte: the reader of libyaml knows no lines yet.
  Mark mark_of_byte(std::size_t offset) const {
    const std::string_view before = text_.substr(0, offset);
    const auto line = before.rfind('\n');
    const std::string_view own = line == std::string_view::npos ? before : before.substr(line + 1);
    return {file_, to_int(static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'))) + 1, code_points(own) + 1, 0};
  }

  void syntax_error() {
    if (failed_) return;
    const yaml_parser_t& p = events_.parser();
    if (p.error == YAML_READER_ERROR)
      return fail("syntax", p.problem, mark_of_byte(p.problem_offset), "a quoted text can name them, e.g. \"\\t\"");
    const std::string problem = p.problem != nullptr ? p.problem : "out of memory";
    std::string context;
    if (p.context != nullptr) context = fmt::format(" ({}", p.context);
    if (p.context != nullptr && (p.context_mark.line != p.problem_mark.line || p.context_mark.column != p.problem_mark.column))
      context += fmt::format(" that begins in line {}, column {}", p.context_mark.line + 1, p.context_mark.column + 1);
    if (!context.empty()) context += ")";
    std::string note;
    if (problem.find("tab") != std::string::npos || problem.find("cannot start any token") != std::string::npos)
      note = "indent with spaces, and quote values that start with a special character";
    fail("syntax", problem + context, mark(p.problem_mark, p.problem_mark), note);
  }

  bool count_node(const Mark& where) {
    if (++nodes_ <= max_nodes) return true;
    if (!failed_) fail("too-large", fmt::format("more than {} values, aliases counted in full", max_nodes), where);
    return false;
  }

  /// Copies of aliased values count too, so that a few lines cannot become billions of values.
  bool count_copy(const Node& node, const Mark& alias, int depth) {
    if (depth > max_depth) {
      if (!failed_) fail("too-deep", fmt::format("nested deeper than {} levels, aliases counted in full", max_depth), alias);
      return false;
    }
    if (!count_node(alias)) return false;
    for (const Node& item : node.items)
      if (!count_copy(item, alias, depth + 1)) return false;
    for (const Entry& entry : node.entries)
      if (!count_copy(entry.value, alias, depth + 1)) return false;
    return true;
  }

  bool value(const yaml_event_t& event, Node& out, int depth) {
    out.mark = mark(event.start_mark, event.end_mark);
    if (depth > max_depth) {
      fail("too-deep", fmt::format("nested deeper than {} levels", max_depth), out.mark);
      return false;
    }
    if (!count_node(out.mark)) return false;
    switch (event.type) {
      case YAML_ALIAS_EVENT: return alias(event, out, depth);
      case YAML_SCALAR_EVENT: return scalar(event, out);
      case YAML_SEQUENCE_START_EVENT: return sequence(event, out, depth);
      case YAML_MAPPING_START_EVENT: return mapping(event, out, depth);
      default: fail("syntax", "a value is missing here", out.mark); return false;
    }
  }

  bool alias(const yaml_event_t& event, Node& out, int depth) {
    const std::string name = reinterpret_cast<const char*>(event.data.alias.anchor);
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      fail("alias", open_.count(name) > 0 ? "alias '*" + name + "' contains itself" : "alias '*" + name + "' has no anchor '&" + name + "' before it", out.mark);
      return false;
    }
    if (!count_copy(found->second, out.mark, depth)) return false;
    out = found->second;
    return true;
  }

  /// Remembers an anchored value when it is complete.
  void close_anchor(const std::string& name, const Node& node) {
    if (name.empty()) return;
    open_.erase(name);
    anchors_[name] = node;
  }

  std::string open_anchor(const unsigned char* anchor) {
    if (anchor == nullptr) return {};
    std::string name = reinterpret_cast<const char*>(anchor);
    anchors_.erase(name);
    open_[name] = true;
    return name;
  }

  bool refuse_tag(const unsigned char* tag, const Mark& where) {
    if (tag == nullptr) return true;
    fail("tag", std::string("tags such as '") + reinterpret_cast<const char*>(tag) + "' are not allowed", where);
    return false;
  }

  bool scalar(const yaml_event_t& event, Node& out) {
    const auto& data = event.data.scalar;
    if (!refuse_tag(data.tag, out.mark)) return false;
    const std::string anchor = open_anchor(data.anchor);
    out.text.assign(reinterpret_cast<const char*>(data.value), data.length);
    out.quoted = data.style != YAML_PLAIN_SCALAR_STYLE;
    const bool null = !out.quoted && (out.text.empty() || out.text == "~" || out.text == "null" || out.text == "Null" || out.text == "NULL");
    out.kind = null ? Node::Kind::null : Node::Kind::scalar;
    close_anchor(anchor, out);
    return true;
  }

  bool sequence(const yaml_event_t& start, Node& out, int depth) {
    if (!refuse_tag(start.data.sequence_start.tag, out.mark)) return false;
    out.kind = Node::Kind::sequence;
    const std::string anchor = open_anchor(start.data.sequence_start.anchor);
    for (;;) {
      const yaml_event_t* event = advance();
      if (event == nullptr) return false;
      if (event->type == YAML_SEQUENCE_END_EVENT) break;
      out.items.emplace_back();
      if (!value(*event, out.items.back(), depth + 1)) return false;
    }
    close_anchor(anchor, out);
    return true;
  }

  bool mapping(const yaml_event_t& start, Node& out, int depth) {
    if (!refuse_tag(start.data.mapping_start.tag, out.mark)) return false;
    out.kind = Node::Kind::mapping;
    const std::string anchor = open_anchor(start.data.mapping_start.anchor);
    std::unordered_map<std::string, Mark> seen;
    for (;;) {
      const yaml_event_t* event = advance();
      if (event == nullptr) return false;
      if (event->type == YAML_MAPPING_END_EVENT) break;
      const Mark where = mark(event->start_mark, event->end_mark);
      if (event->type != YAML_SCALAR_EVENT) {
        fail("key", "a key must be plain text", where);
        return false;
      }
      Entry entry{{reinterpret_cast<const char*>(event->data.scalar.value), event->data.scalar.length}, where, {}};
      const auto [first, fresh] = seen.emplace(entry.key, where);
      if (!fresh)
        diagnostics_.error("duplicate-key", "key '" + entry.key + "' stands twice in this mapping", where, "",
                           fmt::format("it stands first in line {}, column {}", first->second.line, first->second.column));
      event = advance();
      if (event == nullptr || !value(*event, entry.value, depth + 1)) return false;
      if (fresh) out.entries.push_back(std::move(entry));
    }
    close_anchor(anchor, out);
    return true;
  }

  Events events_;
  std::string_view text_;
  int file_;
  Diagnostics& diagnostics_;
  bool failed_ = false;
  int nodes_ = 0;
  std::map<std::string, Node> anchors_;
  std::map<std::string, bool> open_;
};

}  // namespace

std::optional<Node> parse_tree(std::string_view text, int file, Diagnostics& diagnostics) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (!check_encoding(text, file, diagnostics)) return std::nullopt;
  return TreeReader(text, file, diagnostics).document();
}

namespace {

/// A null that has nothing to delete is nothing.
void drop_nulls(Node& node) {
  std::erase_if(node.entries, [](const Entry& e) { return e.value.kind == Node::Kind::null; });
  for (Entry& entry : node.entries) drop_nulls(entry.value);
}

}  // namespace

const Node* value_at(const Node& root, const std::vector<std::string>& path) {
  const Node* node = &root;
  for (const std::string& key : path) {
    if (node->kind == Node::Kind::sequence) {
      const auto item = parse_integer(key);
      node = item && *item >= 0 && static_cast<std::size_t>(*item) < node->items.size() ? &node->items[static_cast<std::size_t>(*item)] : nullptr;
    } else {
      node = node->find(key);
    }
    if (node == nullptr) return nullptr;
  }
  return node;
}

void merge(Node& base, const Node& over) {
  if (base.kind != Node::Kind::mapping || over.kind != Node::Kind::mapping) {
    base = over;
    drop_nulls(base);
    return;
  }
  for (const Entry& entry : over.entries) {
    Node* known = base.find(entry.key);
    if (entry.value.kind == Node::Kind::null) {
      std::erase_if(base.entries, [&](const Entry& e) { return e.key == entry.key; });
    } else if (known == nullptr) {
      base.entries.push_back(entry);
      drop_nulls(base.entries.back().value);
    } else {
      if (known->kind != Node::Kind::mapping || entry.value.kind != Node::Kind::mapping)
        for (Entry& e : base.entries)
          if (e.key == entry.key) e.key_mark = entry.key_mark;
      merge(*known, entry.value);
    }
  }
}

}  // namespace tonnage::scenario
