#include "tonnage/core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace tonnage {

void parallel_for(int count, int threads, const std::function<void(int)>& body) {
  const int workers = std::clamp(threads, 1, std::max(1, count));
  std::atomic<int> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  int failed = count;
  // Numbers are given out in order: what fails first in order has been given out before anything stops.
  const auto run = [&] {
    for (int i = next++; i < count; i = next++) {
      try {
        body(i);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex);
        next = count;
        if (i < failed) {
          failed = i;
          failure = std::current_exception();
        }
      }
    }
  };
  std::vector<std::thread> pool;
  for (int worker = 1; worker < workers; ++worker) pool.emplace_back(run);
  run();
  for (std::thread& thread : pool) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace tonnage
