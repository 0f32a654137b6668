// Long work that the user may end early: Ctrl-C is kept for work that can stop with the best found so far.
#pragma once

namespace tonnage {

/// Whether the user asked for an end, within a StopScope. Polled by long work.
bool stop_requested() noexcept;

/// While one lives, stop_by_signal() asks for an end; else it does nothing.
class StopScope {
 public:
  StopScope() noexcept;
  ~StopScope();
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;
};

/// Asks for an end. False when nobody would hear, or when that was asked before: then the program should end at once. Safe in a
/// signal handler.
bool stop_by_signal() noexcept;

}  // namespace tonnage
