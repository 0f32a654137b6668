#include "tonnage/scenario/load.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "build.hpp"
#include "check_tree.hpp"
#include "files.hpp"
#include "tonnage/documents/ledger.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::scenario {

namespace {

constexpr int max_extends = 16;

class Loader {
 public:
  Loader(const LoadOptions& options, const Catalog& catalog, FileSystem& files, Diagnostics& diagnostics)
      : options_(options), catalog_(catalog), files_(files), diagnostics_(diagnostics),
        root_folder_(options.path == "-" ? "." : folder_of(options.path)), reader_(files, root_folder_, options.allow_outside, diagnostics) {}

  std::optional<LoadedScenario> load() {
    Node root;
    bool sound = read_main(root);
    for (const std::string& overlay : options_.overlays) sound = read_overlay(overlay, root) && sound;
    if (!sound) return std::nullopt;
    for (std::size_t i = 0; i < options_.sets.size(); ++i) apply_set(options_.sets[i], root);
    if (diagnostics_.error_count() > 0 && root.kind != Node::Kind::mapping) return std::nullopt;
    return build(root);
  }

  std::optional<LoadedScenario> load(Node root, const std::vector<DataFile>& data) {
    const OpenedFile whole = reader_.adopt(options_.path, "");
    remember_folder(whole.source, ".");
    place_all(root, Mark{whole.source, 1, 1, 0});
    for (const DataFile& file : data) reader_.adopt(file.name, file.text);
    return build(root);
  }

 private:
  static void place_all(Node& node, const Mark& mark) {
    node.mark = mark;
    for (Node& item : node.items) place_all(item, mark);
    for (Entry& entry : node.entries) {
      entry.key_mark = mark;
      place_all(entry.value, mark);
    }
  }

  void remember_folder(int source, const std::string& folder) {
    folders_.resize(static_cast<std::size_t>(std::max(source + 1, static_cast<int>(folders_.size()))), ".");
    folders_[static_cast<std::size_t>(source)] = folder;
  }

  bool read_main(Node& root) {
    if (options_.path == "-") {
      const OpenedFile file = reader_.adopt("<stdin>", options_.text ? *options_.text : read_all(files_, 0, "standard input", max_file_bytes));
      remember_folder(file.source, ".");
      return parse_with_parents(file, root, 0);
    }
    const auto file = reader_.open(options_.path, ".", {});
    if (!file) return false;
    remember_folder(file->source, folder_of(file->path));
    return parse_with_parents(*file, root, 0);
  }

  /// A file and what it extends; the file's own keys win.
  bool parse_with_parents(const OpenedFile& file, Node& out, int depth) {
    auto tree = parse_tree(file.text, file.source, diagnostics_);
    if (!tree) return false;
    if (tree->kind != Node::Kind::mapping) {
      diagnostics_.error("wrong-form", "a scenario is a mapping of keys", tree->mark, "", "'tonnage init' writes one that runs");
      return false;
    }
    const Node* parent = tree->find("extends");
    if (parent == nullptr || parent->kind != Node::Kind::scalar) {
      out = std::move(*tree);
      return true;
    }
    const std::string own = file.path == "<stdin>" ? file.path : files_.canonical(file.path);
    chain_.push_back(own);
    const bool good = read_parent(*parent, folder_of(file.path), *tree, out, depth);
    chain_.pop_back();
    return good;
  }

  bool read_parent(const Node& name, const std::string& folder, const Node& own, Node& out, int depth) {
    if (depth >= max_extends) {
      diagnostics_.error("too-deep", fmt::format("'extends' goes deeper than {} files", max_extends), name.mark);
      return false;
    }
    const auto file = reader_.open(name.text, folder, name.mark);
    if (!file) return false;
    if (std::find(chain_.begin(), chain_.end(), files_.canonical(file->path)) != chain_.end()) {
      diagnostics_.error("cycle", "'extends' comes back to '" + name.text + "'", name.mark);
      return false;
    }
    remember_folder(file->source, folder_of(file->path));
    Node base;
    if (!parse_with_parents(*file, base, depth + 1)) return false;
    merge(base, own);
    out = std::move(base);
    return true;
  }

  bool read_overlay(const std::string& path, Node& root) {
    const auto file = reader_.open(path, ".", {});
    if (!file) return false;
    remember_folder(file->source, folder_of(file->path));
    Node overlay;
    if (!parse_with_parents(*file, overlay, 0)) return false;
    merge(root, overlay);
    return true;
  }

  /// Follows a dotted path; names that contain dots are found when they are already there. Missing mappings are made.
  Node* reach(Node& node, std::string_view path, const Mark& mark) {
    if (path.empty()) return &node;
    if (node.kind == Node::Kind::sequence) {
      const auto dot = path.find('.');
      std::size_t index = 0;
      for (const char c : path.substr(0, dot)) index = c >= '0' && c <= '9' && index < 1000000 ? index * 10 + static_cast<std::size_t>(c - '0') : 1000000;
      if (index >= node.items.size()) {
        diagnostics_.error("bad-set", fmt::format("the list has {} items, counted from 0", node.items.size()), mark);
        return nullptr;
      }
      return reach(node.items[index], dot == std::string_view::npos ? "" : path.substr(dot + 1), mark);
    }
    if (node.kind != Node::Kind::mapping) {
      node = Node{};
      node.kind = Node::Kind::mapping;
      node.mark = mark;
    }
    Entry* best = nullptr;
    for (Entry& entry : node.entries)
      if (path.rfind(entry.key, 0) == 0 && (path.size() == entry.key.size() || path[entry.key.size()] == '.'))
        if (best == nullptr || entry.key.size() > best->key.size()) best = &entry;
    if (best == nullptr) {
      const auto dot = path.find('.');
      node.entries.push_back({std::string(path.substr(0, dot)), mark, Node{}});
      best = &node.entries.back();
      best->value.mark = mark;
      best->value.kind = dot == std::string_view::npos ? Node::Kind::null : Node::Kind::mapping;
    }
    const std::string_view rest = path.size() == best->key.size() ? "" : path.substr(best->key.size() + 1);
    return reach(best->value, rest, mark);
  }

  /// `--set path=null` takes a key away, as a null in an overlay does.
  void remove(Node& root, std::string_view path, const Mark& mark) {
    const std::size_t dot = path.rfind('.');
    Node* parent = dot == std::string_view::npos ? &root : reach(root, path.substr(0, dot), mark);
    const std::string_view key = dot == std::string_view::npos ? path : path.substr(dot + 1);
    if (parent == nullptr) return;
    if (std::erase_if(parent->entries, [&](const Entry& e) { return e.key == key; }) > 0) return;
    diagnostics_.error("bad-set", "there is no '" + std::string(path) + "' to take away", mark);
  }

  void apply_set(const std::string& text, Node& root) {
    const auto equals = text.find('=');
    const int source = diagnostics_.sources.add("--set", text);
    remember_folder(source, root_folder_);
    const Mark path_mark{source, 1, 1, equals == std::string::npos ? 0 : code_points(text.substr(0, equals)) + 1};
    if (equals == std::string::npos || equals == 0) {
      diagnostics_.error("bad-set", "--set needs PATH=VALUE", path_mark, "", "for example  --set regions.us-central.pue=1.25");
      return;
    }
    // Spaces in place of the path keep the columns right.
    const std::string padded = std::string(static_cast<std::size_t>(code_points(text.substr(0, equals))) + 1, ' ') + text.substr(equals + 1);
    std::optional<Node> value = Node{};
    if (!trim(std::string_view(padded)).empty()) value = parse_tree(padded, source, diagnostics_);
    if (!value) return;
    const std::string_view path = std::string_view(text).substr(0, equals);
    if (trim(std::string_view(text).substr(equals + 1)).empty()) {
      diagnostics_.error("bad-set", "--set has no value after '='", path_mark, "", "'null' takes the key away");
    } else if (value->kind == Node::Kind::null) {
      remove(root, path, path_mark);
    } else if (Node* target = reach(root, path, path_mark)) {
      merge(*target, *value);
    }
  }

  Currencies read_currencies(Node& root) {
    Currencies out;
    if (const Node* base = root.find("currency"); base != nullptr && base->kind == Node::Kind::scalar) {
      const bool sound = base->text.size() == 3 && std::all_of(base->text.begin(), base->text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
      if (sound && base->text != "USD")
        diagnostics_.error("not-yet", "reports in '" + base->text + "' are not supported yet, only in 'USD'", base->mark, "", "prices may be in " + base->text + ": leave out 'currency' and say what it is worth, e.g. fx: {" + base->text + ": 1.08 USD}");
      else if (!sound) diagnostics_.error("currency", "'" + base->text + "' is not a currency, expected three capital letters, e.g. USD", base->mark);
    }
    Node* fx = root.find("fx");
    const auto rows = find_fields("fx.*");
    if (fx != nullptr && fx->kind == Node::Kind::mapping)
      for (Entry& entry : fx->entries) {
        const bool code = entry.key.size() == 3 && std::all_of(entry.key.begin(), entry.key.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
        if (!code) diagnostics_.error("currency", "'" + printable(entry.key) + "' is not a currency, expected three capital letters, e.g. EUR", entry.key_mark);
        Diagnostics quiet;
        if (code && entry.value.kind == Node::Kind::scalar && read_quantity(entry.value, field_table()[static_cast<std::size_t>(rows[0])], out, quiet))
          out.rates[entry.key] = *entry.value.number;
      }
    return out;
  }

  std::vector<std::string> names_of(const Node& root, std::string_view collection) const {
    std::vector<std::string> names;
    if (collection == "models") return catalog_.model_names();
    if (const Node* map = root.find(collection); map != nullptr)
      for (const Entry& entry : map->entries) names.push_back(entry.key);
    const auto shipped = collection == "nodes" ? catalog_.node_names() : collection == "accelerators" ? catalog_.accelerator_names() : std::vector<std::string>{};
    for (const std::string& name : shipped)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    return names;
  }

  /// Keys that no stage acts on yet.
  void warn_unused(const Node& node, const std::string& path) {
    for (const Entry& entry : node.entries) {
      const std::string child = path.empty() ? entry.key : path + "." + entry.key;
      if (!entry.value.used) {
        diagnostics_.warning("not-yet", "'" + child + "' is read and checked, but nothing in this scenario acts on it", entry.key_mark);
      } else if (field_table()[static_cast<std::size_t>(std::max(0, entry.value.field))].type != FieldType::quantity) {
        warn_unused(entry.value, child);
      }
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (node.items[i].used) warn_unused(node.items[i], path + "." + std::to_string(i));
    }
  }

  void collect_places(const Node& node, const std::string& path, std::vector<Place>& out) const {
    if (!path.empty()) out.push_back({path, place_name(node.mark)});
    for (const Entry& entry : node.entries) collect_places(entry.value, path.empty() ? entry.key : path + "." + entry.key, out);
    for (std::size_t i = 0; i < node.items.size(); ++i) collect_places(node.items[i], path + "." + std::to_string(i), out);
  }

  /// File names in documents are relative to the scenario's folder.
  std::string place_name(const Mark& mark) const {
    std::string place = diagnostics_.sources.place(mark);
    const std::string prefix = root_folder_ + "/";
    return place.rfind(prefix, 0) == 0 ? place.substr(prefix.size()) : place;
  }

  /// Renames the files of the tree relative to the scenario's folder, and keeps what they hold.
  void collect_files(Node& node, std::vector<DataFile>& out) const {
    const bool names_file = node.kind == Node::Kind::scalar && node.field >= 0 && field_table()[static_cast<std::size_t>(node.field)].type == FieldType::file;
    if (names_file) {
      const auto source = static_cast<std::size_t>(node.mark.file);
      const std::string folder = source < folders_.size() ? folders_[source] : ".";
      if (const OpenedFile* file = reader_.opened(node.text, folder)) {
        node.text = reader_.relative(file->path);
        const bool known = std::any_of(out.begin(), out.end(), [&](const DataFile& one) { return one.name == node.text; });
        if (!known) out.push_back({node.text, file->text});
      }
    }
    for (Node& item : node.items) collect_files(item, out);
    for (Entry& entry : node.entries) collect_files(entry.value, out);
  }

  std::optional<LoadedScenario> build(Node& root) {
    const Currencies currencies = read_currencies(root);
    const NamesOf names = [&](std::string_view collection) { return names_of(root, collection); };
    TreeCheck check{names, currencies, diagnostics_, {}};
    check_tree(root, check);
    BuildContext context{catalog_, reader_, currencies, diagnostics_, folders_};
    // Values that failed the check have no number and count as absent, so that the rest can still be judged.
    Scenario scenario = build_scenario(root, context);
    Uncertainty uncertainty{std::move(check.uncertain), {}};
    uncertainty.correlations = build_correlations(View(&root, ""), uncertainty.numbers, diagnostics_);
    if (!diagnostics_.has_errors() && root.find("name") == nullptr) scenario.name = default_name();
    if (diagnostics_.has_errors()) return std::nullopt;
    std::vector<char> of_demand;
    for (const UncertainNumber& number : uncertainty.numbers) {
      of_demand.push_back(!is_ledger_factor(number.path) && set_demand_spread(scenario, number));
      if (!is_ledger_factor(number.path) && !of_demand.back())
        diagnostics_.warning("uncertain", "'" + number.path + "': the plan uses the middle value; its spread is not yet acted on", mark_of(root, number.path));
    }
    set_demand_correlations(scenario, uncertainty, of_demand, View(&root, ""), diagnostics_);
    if (diagnostics_.has_errors()) return std::nullopt;
    for (const Correlation& pair : uncertainty.correlations) {
      const std::string &a = uncertainty.numbers[static_cast<std::size_t>(pair.a)].path, &b = uncertainty.numbers[static_cast<std::size_t>(pair.b)].path;
      if (const bool cost = is_ledger_factor(a); cost != is_ledger_factor(b))
        diagnostics_.warning("uncertain", "'" + (cost ? b : a) + "' is not a factor of cost and '" + (cost ? a : b) + "' is one: their correlation is not acted on", mark_of(root, cost ? b : a));
    }
    warn_unused(root, "");
    LoadedScenario out{std::move(scenario), std::move(root), reader_.inputs(), {}, std::move(uncertainty), {}};
    collect_places(out.tree, "", out.places);
    std::erase_if(out.tree.entries, [](const Entry& entry) { return entry.key == "extends"; });
    collect_files(out.tree, out.files);
    return out;
  }

  static Mark mark_of(const Node& root, const std::string& path) {
    const std::vector<std::string_view> keys = split(path, '.');
    const Node* node = value_at(root, {keys.begin(), keys.end()});
    return node == nullptr ? root.mark : node->mark;
  }

  std::string default_name() const {
    if (options_.path == "-") return "scenario";
    const auto slash = options_.path.rfind('/');
    std::string base = slash == std::string::npos ? options_.path : options_.path.substr(slash + 1);
    const auto dot = base.rfind('.');
    return dot == std::string::npos || dot == 0 ? base : base.substr(0, dot);
  }

  const LoadOptions& options_;
  const Catalog& catalog_;
  FileSystem& files_;
  Diagnostics& diagnostics_;
  std::string root_folder_;
  FileReader reader_;
  std::vector<std::string> folders_;
  std::vector<std::string> chain_;
};

}  // namespace

std::optional<LoadedScenario> load_scenario(const LoadOptions& options, const Catalog& catalog, FileSystem& files, Diagnostics& diagnostics) {
  return Loader(options, catalog, files, diagnostics).load();
}

std::optional<LoadedScenario> load_resolved(Node tree, const std::string& name, const std::vector<DataFile>& data, const Catalog& catalog,
                                            FileSystem& files, Diagnostics& diagnostics) {
  LoadOptions options;
  options.path = name;
  options.allow_outside = true;
  return Loader(options, catalog, files, diagnostics).load(std::move(tree), data);
}

}  // namespace tonnage::scenario
