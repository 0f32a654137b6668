// Replicas that run batches of whole requests: their state at a load. Private to the module.
#pragma once

#include "latency.hpp"

namespace tonnage::capacity {

/// Times of a batch of 1, 2, ... `most` requests: each up to 256, beyond in steps of 1/64 and lines between.
std::vector<double> batch_times(const Placement& placement, int most, double tokens);

/// The limit on a batch that is asked for, else that of the model's kind.
int asked_batch(const CurveQuery& query);

/// Requests of one batch: the asked limit, else that of the model's kind, as far as memory holds what they keep.
int batch_limit(const CurveQuery& query, const Placement& placement);

/// Whether a layout is one that a model that answers in one pass may have: without known layers it is split only as far as its weights need.
bool may_be_split(const CurveQuery& query, const Layout& layout);

/// One server, all that wait up to the limit in a batch, first come, first served: the chain of the number that waits when a batch
/// ends (Bailey, "On queueing processes with bulk service", 1954), arrivals by the mean and the dispersion of their counts. A request waits
/// for the rest of the batch under way and whole batches before its own, whose size is what waits when it begins.
Operating operate_batches(const Replica& replica, double load_per_s);

/// What keeps full batches from more: "batch" (the limit on it: most of the time does not grow with the batch), "memory" (which limits the batch),
/// "compute", "memory bandwidth" or "links".
const char* batch_bound(const CurveQuery& query, const Replica& replica);

}  // namespace tonnage::capacity
