// Connected components: which of `count` things hang together.
#pragma once

#include <numeric>
#include <vector>

namespace tonnage::optimize {

class Components {
 public:
  explicit Components(int count) : up_(static_cast<std::size_t>(count)) { std::iota(up_.begin(), up_.end(), 0); }
  void join(int a, int b) { up_[static_cast<std::size_t>(top(a))] = top(b); }

  /// A number from 0 on for the component of each thing, in the order of their first things; `count` is how many there are.
  std::vector<int> numbers(int& count) {
    std::vector<int> of_top(up_.size(), -1), out(up_.size());
    count = 0;
    for (std::size_t i = 0; i < up_.size(); ++i) {
      int& number = of_top[static_cast<std::size_t>(top(static_cast<int>(i)))];
      if (number < 0) number = count++;
      out[i] = number;
    }
    return out;
  }

 private:
  int top(int i) {
    auto k = static_cast<std::size_t>(i);
    while (up_[k] != static_cast<int>(k)) k = static_cast<std::size_t>(up_[k] = up_[static_cast<std::size_t>(up_[k])]);
    return static_cast<int>(k);
  }
  std::vector<int> up_;
};

}  // namespace tonnage::optimize
