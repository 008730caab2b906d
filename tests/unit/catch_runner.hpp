// For a test program that needs a main() of its own.
#pragma once

int run_tests(int argc, char** argv);  // its exit status
