// A parallel loop whose results do not depend on the number of threads: iteration i writes only its own slot.
#pragma once

#include <functional>

namespace tonnage {

/// Calls body(i) for i in [0, count) over at most `threads` threads, each taking the next i when it is done with one. The first exception in order of i is
/// rethrown after all threads have ended.
void parallel_for(int count, int threads, const std::function<void(int)>& body);

}  // namespace tonnage
