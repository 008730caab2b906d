// penstock-worker: one process of a pool. Started by the keeper alone, with one descriptor, the
// channel to the engine, over which everything else comes.

#include "worker/sandbox.hpp"
#include "worker/serve.hpp"

int main() {
  penstock::serve_as_worker(nullptr, &penstock::raise_sandbox);
}
