/* A function without debug information. */
int bare_function(int number) { return number + 1; }
