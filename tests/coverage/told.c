/* Part of each program and library of a coverage build. */
#include <gcov.h>

#include "counts.h"

static void write_counts(void) {
  __gcov_dump();
  __gcov_reset(); /* or the next one would write nothing */
}

__attribute__((constructor)) static void begin(void) {
  counts_add(write_counts);
}

/* Where a library is closed, gcov itself writes its counts. */
__attribute__((destructor)) static void end(void) {
  counts_remove(write_counts);
}
