// What was worked out for a question about a replica, for scenarios that ask it again.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

#include "tonnage/capacity/curve.hpp"

namespace tonnage::capacity {

/// Everything that an answer depends on. A new field of a query does not compile until it is in the key.
std::string key_of(const CurveQuery& query);

/// Answers by question; safe to use from several threads.
class CurveMemo {
 public:
  CurveResult find_or_make(const CurveQuery& query, const std::function<CurveResult(const CurveQuery&)>& make);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, CurveResult> known_;
};

}  // namespace tonnage::capacity
