// The whole of Catch2 2, which is slow to compile, once for all test programs; Catch2 3 brings it
// as a library.
#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include "catch_runner.hpp"

int run_tests(int argc, char** argv) { return Catch::Session().run(argc, argv); }
