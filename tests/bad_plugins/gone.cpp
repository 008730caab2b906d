// What lacks_library is linked with, and what is not there when it is loaded.
extern "C" int gone() {
  return 1;
}
