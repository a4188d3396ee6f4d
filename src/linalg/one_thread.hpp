#pragma once

namespace cupel {

// Has the BLAS compute each call on the thread that makes it: the work is shared out here instead,
// in pieces cut by the data's shape.
void one_blas_thread();

}  // namespace cupel
