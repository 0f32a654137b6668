// Which replica takes a request. Private to the module.
#pragma once

#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine.hpp"
#include "tonnage/capacity/fleet.hpp"

namespace tonnage::capacity {

/// Prefixes that a replica keeps, least recently used out first.
class PrefixCache {
 public:
  explicit PrefixCache(double tokens) : room_(tokens) {}

  bool limited() const { return room_ > 0; }
  bool holds(int group) const { return at_.count(group) > 0; }
  /// Whether the group was there; it is afterwards, if it fits.
  bool use(int group, int tokens);

 private:
  struct Entry {
    int group, tokens;
  };
  double room_, used_ = 0;
  std::list<Entry> recent_;  ///< most recent first
  std::unordered_map<int, std::list<Entry>::iterator> at_;
};

class Router {
 public:
  Router(Routing routing, const std::vector<ReplicaSpec>& replicas, const std::vector<std::unique_ptr<Engine>>& engines);

  /// Whether the choice depends on what the engines hold.
  bool looks() const { return routing_ != Routing::round_robin; }
  /// Replica for a request, or -1 when none can hold it.
  int choose(const Request& request, const Job& job);
  /// The same for the replica's prefix cache: tokens of the input that it finds there.
  int cached(int replica, const Request& request);
  double prefix_hits() const { return asked_ > 0 ? found_ / asked_ : 0; }

 private:
  bool takes(std::size_t i, const Job& job) const;
  double load(std::size_t i) const;
  int in_turn(const Job& job);
  int least(const Job& job, int longest) const;
  int by_prefix(const Request& request, const Job& job) const;

  Routing routing_;
  const std::vector<ReplicaSpec>& replicas_;
  const std::vector<std::unique_ptr<Engine>>& engines_;
  std::vector<double> turn_;        ///< smooth weighted round robin: credit of each replica
  std::vector<PrefixCache> caches_;
  double asked_ = 0, found_ = 0;
};

}  // namespace tonnage::capacity
