/* What the programs and libraries of a coverage build tell counts.c. */
#ifndef PENSTOCK_TESTS_COVERAGE_COUNTS_H
#define PENSTOCK_TESTS_COVERAGE_COUNTS_H

/* Each program and library has counts of its own: what writes them, while it is loaded. */
void counts_add(void (*write_counts)(void));
void counts_remove(void (*write_counts)(void));

#endif
