// What nothing else beats. Private to the module.
#pragma once

#include <cstddef>
#include <vector>

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

}  // namespace tonnage::capacity
