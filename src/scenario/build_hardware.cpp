#include <algorithm>
#include <set>

#include "build.hpp"

namespace tonnage::scenario {

namespace {

Accelerator build_accelerator(const std::string& name, const View& view) {
  Accelerator a;
  a.name = name;
  a.vendor = "custom";
  a.kind = "custom";
  a.memory_bytes = view.at("memory").number(0);
  a.bandwidth_bytes_per_s = view.at("bandwidth").number(0);
  a.bf16_flops = view.at("bf16").number(0);
  a.fp8_flops = view.at("fp8").number(0);
  a.int8_ops = view.at("int8").number(0);
  a.fp4_flops = view.at("fp4").number(0);
  a.link_bytes_per_s = view.at("link").number(0);
  a.domain = static_cast<int>(view.at("domain").number(1));
  a.network_bytes_per_s = view.at("network").number(0);
  a.power_w = view.at("power").number(0);
  a.source = {"this scenario", ""};
  return a;
}

/// A catalogue node of the same accelerator and count.
const NodeType* like_node(const Catalog& catalog, const std::string& name, const std::string& accelerator, int count) {
  if (const NodeType* same = catalog.find_node(name); same != nullptr && same->accelerator == accelerator && same->accelerators == count) return same;
  for (const NodeType& node : catalog.nodes)
    if (node.accelerator == accelerator && node.accelerators == count) return &node;
  return nullptr;
}

}  // namespace

Beside build_beside(const View& view) {
  if (!view || !view.number()) return {};
  return view.node().dimension == "ratio" ? Beside{view.number(0), 0} : Beside{0, view.number(0)};
}

void build_hardware(const View& root, BuildContext& context, Scenario& out) {
  std::vector<Accelerator> own;
  root.at("accelerators").each([&](const std::string& name, const View& view) { own.push_back(build_accelerator(name, view)); });
  const auto add_accelerator = [&](const std::string& name) -> const Accelerator* {
    for (const Accelerator& a : out.accelerators)
      if (a.name == name) return &a;
    const auto mine = std::find_if(own.begin(), own.end(), [&](const Accelerator& a) { return a.name == name; });
    const Accelerator* found = mine != own.end() ? &*mine : context.catalog.find_accelerator(name);
    if (found == nullptr) return nullptr;
    out.accelerators.push_back(*found);
    return &out.accelerators.back();
  };
  const View nodes = root.at("nodes");
  nodes.each([&](const std::string& name, const View& view) {
    NodeSpec spec;
    spec.type.name = name;
    spec.type.accelerator = view.at("accelerator").text();
    spec.type.accelerators = static_cast<int>(view.at("count").number(1));
    spec.type.source = {"this scenario", ""};
    const Accelerator* accelerator = add_accelerator(spec.type.accelerator);
    if (accelerator == nullptr) return;
    const NodeType* like = like_node(context.catalog, name, spec.type.accelerator, spec.type.accelerators);
    const double estimate = node_power_factor * spec.type.accelerators * accelerator->power_w;
    spec.type.power_w = view.at("power").number(like != nullptr ? like->power_w : estimate);
    spec.type.idle_power_w = view.at("idle_power").number(view.has("power") || like == nullptr ? idle_power_share * spec.type.power_w : like->idle_power_w);
    spec.costs = {build_beside(view.at("network")), build_beside(view.at("storage")), view.at("maintenance").number(0) * year_s, view.at("embodied").number(0) / 1000, view.at("failure_rate").number(0) * year_s, view.at("repair_time").number(0) / year_s};
    const View supply = view.at("supply");
    spec.supply_nodes = by_period(supply, out.periods.size(), supply.is_scalar() ? months_of(out.period_kind) * month_s : 1);
    out.nodes.push_back(std::move(spec));
  });
  // Nodes that pools name and only the catalogue knows.
  root.at("pools").each([&](const std::string&, const View& pool) {
    const std::string name = pool.at("node").text();
    const bool known = std::any_of(out.nodes.begin(), out.nodes.end(), [&](const NodeSpec& n) { return n.type.name == name; });
    const NodeType* shipped = context.catalog.find_node(name);
    if (known || shipped == nullptr || add_accelerator(shipped->accelerator) == nullptr) return;
    out.nodes.push_back({*shipped, {}});
  });
}

}  // namespace tonnage::scenario
