// All mistakes of a command line in one run. Private to the module.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "context.hpp"

namespace tonnage::cli {

class Mistakes {
 public:
  /// Reads something; when that throws a UsageError, what follows is read all the same.
  template <class Read>
  void attempt(Read&& read) {
    try {
      read();
    } catch (const UsageError& e) {
      add(e.message);
      for (const std::string& other : e.others) add(other);
    }
  }

  bool none() const { return all_.empty(); }

  /// Throws what was collected, if anything, each once.
  void raise() {
    if (all_.empty()) return;
    UsageError error{all_.front()};
    error.others.assign(all_.begin() + 1, all_.end());
    throw error;
  }

 private:
  void add(const std::string& message) {
    if (std::find(all_.begin(), all_.end(), message) == all_.end()) all_.push_back(message);
  }

  std::vector<std::string> all_;
};

}  // namespace tonnage::cli
