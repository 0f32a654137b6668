// Random numbers one after the other, the same on any machine.
#pragma once

#include <cstdint>
#include <string_view>

#include "tonnage/core/random.hpp"

namespace tonnage::testing {

class Seeded {
 public:
  Seeded(std::uint64_t seed, std::string_view name) : stream_(seed, name) {}
  double uniform() { return stream_.uniform(next_++); }

 private:
  RandomStream stream_;
  std::uint64_t next_ = 0;
};

}  // namespace tonnage::testing
