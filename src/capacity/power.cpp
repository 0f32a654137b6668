#include "power.hpp"

#include <algorithm>

namespace tonnage::capacity {

double replica_power_w(const NodeType& node, const Accelerator& accelerator, int accelerators, double busy) {
  const int all = std::max(node.accelerators, 1);
  const double full_node = node.power_w > 0 ? node.power_w : node_over_accelerators * accelerator.power_w * all;
  const double idle_node = node.idle_power_w > 0 ? std::min(node.idle_power_w, full_node) : idle_share * full_node;
  const double share = static_cast<double>(accelerators) / all;
  return share * (idle_node + (full_node - idle_node) * std::clamp(busy, 0.0, 1.0));
}

}  // namespace tonnage::capacity
