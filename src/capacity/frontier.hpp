// What nothing else beats. Private to the module.
#pragma once

#include <cstddef>
#include <vector>

#include "tonnage/documents/capacities.hpp"

namespace tonnage::capacity {

/// Those that no other dominates, in their order; of equals the first stays. `dominates(a, b)`: a is no worse than b in all that counts.
template <class Item, class Dominates>
std::vector<Item> undominated(const std::vector<Item>& all, Dominates&& dominates) {
  std::vector<Item> kept;
  for (std::size_t i = 0; i < all.size(); ++i) {
    bool dominated = false;
    for (std::size_t j = 0; j < all.size() && !dominated; ++j)
      dominated = j != i && dominates(all[j], all[i]) && (j < i || !dominates(all[i], all[j]));
    if (!dominated) kept.push_back(all[i]);
  }
  return kept;
}

/// Whether one deployment needs no more accelerators than another, no more of them per load and no more power per load.
inline bool dominates(const Deployment& a, const Deployment& b) {
  // Cross products: no division by a load.
  return a.accelerators <= b.accelerators && a.accelerators * b.load_per_s <= b.accelerators * a.load_per_s &&
         a.power_w * b.load_per_s <= b.power_w * a.load_per_s;
}

}  // namespace tonnage::capacity
