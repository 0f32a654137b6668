#include "tonnage/core/parallel.hpp"

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace tonnage {

void parallel_for(int count, int threads, const std::function<void(int)>& body) {
  const int workers = std::clamp(threads, 1, std::max(1, count));
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(workers));
  const auto run = [&](int worker) {
    const int first = static_cast<int>(static_cast<long long>(count) * worker / workers);
    const int last = static_cast<int>(static_cast<long long>(count) * (worker + 1) / workers);
    try {
      for (int i = first; i < last; ++i) body(i);
    } catch (...) {
      failures[static_cast<std::size_t>(worker)] = std::current_exception();
    }
  };
  std::vector<std::thread> pool;
  for (int worker = 1; worker < workers; ++worker) pool.emplace_back(run, worker);
  run(0);
  for (std::thread& thread : pool) thread.join();
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace tonnage
