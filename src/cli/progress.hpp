// How far long work is: a line on a terminal's standard error, from its second second on, gone when it ends.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "tonnage/core/progress.hpp"

namespace tonnage::cli {

class Context;

/// "planned 12 of 57, about 40 s left"; "whole nodes, within 0.31 %, 12 s". Shown 10 times a second at most.
std::string progress_text(const Progress& progress, double elapsed_s);

class ProgressLine {
 public:
  explicit ProgressLine(const Context& context);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Empty where nobody would see it. The line must outlive it.
  ProgressSink sink();
  /// Before anything else is said.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void show(const Progress& progress);

  const Context& context_;
  bool shown_, written_ = false;
  std::mutex mutex_;
  Clock::time_point began_ = Clock::now(), next_;
};

}  // namespace tonnage::cli
