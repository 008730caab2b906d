// penstock-objects: the server of a manager, for a program that has no types of its own.
#include "sync/managed/server_process.hpp"

int main() {
  penstock::sync::serve_as_started();
}
