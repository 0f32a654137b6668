#include "tonnage/core/stop.hpp"

#include <atomic>

namespace tonnage {

namespace {

std::atomic<int> scopes{0};
std::atomic<bool> requested{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

}  // namespace

bool stop_requested() noexcept { return requested.load(std::memory_order_relaxed); }

StopScope::StopScope() noexcept { ++scopes; }

StopScope::~StopScope() {
  if (--scopes == 0) requested = false;
}

bool stop_by_signal() noexcept { return scopes.load() > 0 && !requested.exchange(true); }

}  // namespace tonnage
