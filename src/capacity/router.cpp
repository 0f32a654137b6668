#include "router.hpp"

#include <algorithm>
#include <limits>

namespace tonnage::capacity {

bool PrefixCache::use(int group, int tokens) {
  const auto found = at_.find(group);
  if (found != at_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second);
    return true;
  }
  if (tokens > room_) return false;
  for (; used_ + tokens > room_; recent_.pop_back()) {
    used_ -= recent_.back().tokens;
    at_.erase(recent_.back().group);
  }
  recent_.push_front({group, tokens});
  at_[group] = recent_.begin();
  used_ += tokens;
  return false;
}

Router::Router(Routing routing, const std::vector<ReplicaSpec>& replicas, const std::vector<std::unique_ptr<Engine>>& engines)
    : routing_(routing), replicas_(replicas), engines_(engines), turn_(replicas.size(), 0.0) {
  for (const ReplicaSpec& replica : replicas) caches_.emplace_back(replica.prefix_cache_tokens);
}

bool Router::takes(std::size_t i, const Job& job) const {
  const int longest = replicas_[i].longest_tokens;
  return (longest <= 0 || job.input + job.output <= longest) && engines_[i]->fits(job.input, job.output);
}

double Router::load(std::size_t i) const {
  const double outstanding = routing_ == Routing::least_tokens ? engines_[i]->outstanding_tokens() : engines_[i]->outstanding();
  return outstanding / std::max(replicas_[i].weight, 1e-9);
}

int Router::choose(const Request& request, const Job& job) {
  if (routing_ == Routing::round_robin) return in_turn(job);
  if (routing_ == Routing::prefix) return by_prefix(request, job);
  if (routing_ != Routing::by_length) return least(job, -1);
  int longest = std::numeric_limits<int>::max();
  bool found = false;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    if (!takes(i, job)) continue;
    const int own = replicas_[i].longest_tokens > 0 ? replicas_[i].longest_tokens : std::numeric_limits<int>::max();
    longest = std::min(longest, own);
    found = true;
  }
  return found ? least(job, longest) : -1;
}

int Router::in_turn(const Job& job) {
  int best = -1;
  double sum = 0;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    if (!takes(i, job)) continue;
    turn_[i] += replicas_[i].weight;
    sum += replicas_[i].weight;
    if (best < 0 || turn_[i] > turn_[static_cast<std::size_t>(best)]) best = static_cast<int>(i);
  }
  if (best >= 0) turn_[static_cast<std::size_t>(best)] -= sum;
  return best;
}

/// Least loaded; of pools of a length only, unless `longest` is negative.
int Router::least(const Job& job, int longest) const {
  int best = -1;
  double lowest = 0;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    const int own = replicas_[i].longest_tokens > 0 ? replicas_[i].longest_tokens : std::numeric_limits<int>::max();
    if ((longest >= 0 && own != longest) || !takes(i, job)) continue;
    const double now = load(i);
    if (best >= 0 && now >= lowest) continue;
    best = static_cast<int>(i);
    lowest = now;
  }
  return best;
}

/// As cache-aware load balancers do: the holder of the prefix, unless the load is far out of balance.
int Router::by_prefix(const Request& request, const Job& job) const {
  const int calm = least(job, -1);
  if (calm < 0 || request.prefix_group < 0) return calm;
  int holder = -1;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    if (!caches_[i].holds(request.prefix_group) || !takes(i, job)) continue;
    if (holder < 0 || load(i) < load(static_cast<std::size_t>(holder))) holder = static_cast<int>(i);
  }
  if (holder < 0) return calm;
  return load(static_cast<std::size_t>(holder)) > 1.5 * load(static_cast<std::size_t>(calm)) + 8 ? calm : holder;
}

int Router::cached(int replica, const Request& request) {
  PrefixCache& cache = caches_[static_cast<std::size_t>(replica)];
  if (request.prefix_group < 0 || !cache.limited()) return request.cached_tokens;
  ++asked_;
  const bool found = cache.use(request.prefix_group, request.cached_tokens);
  found_ += found;
  return found ? request.cached_tokens : 0;
}

}  // namespace tonnage::capacity
