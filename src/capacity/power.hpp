// Power of a replica. Private to the module.
#pragma once

#include "tonnage/documents/hardware.hpp"

namespace tonnage::capacity {

/// Share of full power that a replica draws without work, when the node's idle power is not given.
inline constexpr double idle_share = 0.3;
/// Power of a node over that of its accelerators, when the node's is not given.
inline constexpr double node_over_accelerators = 1.5;

/// Watts of `accelerators` of a node with their share of the rest of it; `busy` of 0 is idle, 1 full.
double replica_power_w(const NodeType& node, const Accelerator& accelerator, int accelerators, double busy);

}  // namespace tonnage::capacity
