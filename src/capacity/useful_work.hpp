// What requests need of a replica, whatever it takes to give it: the useful part of what accelerators do. Private to the module.
#pragma once

#include "latency.hpp"

namespace tonnage::capacity {

/// Accelerator-seconds of a prompt (what its chunks add to steps) over those of the whole request, at `batch` requests in service. 0 to 1.
double prompt_share(const Replica& replica, double batch);

/// FLOPs: 2 a weight and token, and attention to the tokens before; a prompt's cached tokens need none.
double flops_of_request(const Replica& replica);

/// Bytes: the weights, read once for all sequences of a step (experts as far as the batch is expected to use them), and the KV cache, read for
/// each answer token.
double bytes_of_request(const Replica& replica, double batch);

}  // namespace tonnage::capacity
