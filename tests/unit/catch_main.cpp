// The main() of test programs that need none of their own: the linker takes it from the archive
// only where there is no other.
#include "catch_runner.hpp"

int main(int argc, char** argv) { return run_tests(argc, argv); }
