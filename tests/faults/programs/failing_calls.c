/* Preloaded into the engine: lets the Nth of its calls of one kind fail. PENSTOCK_FAIL_CALL in the
 * environment says which one, such as "write 17 28": the call, N from 1, and errno. Calls of all
 * threads of the program `penstock` count, of no other program's; stdout and stderr are spared, so
 * that what it says can be read. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long count;
static long nth = -1; /* 0: none */
static int number;
static char call[32];

static void read_order(void) {
  const char* text = getenv("PENSTOCK_FAIL_CALL");
  long wanted = 0;
  if (text == NULL || strcmp(program_invocation_short_name, "penstock") != 0 ||
      sscanf(text, "%31s %ld %d", call, &wanted, &number) != 3) {
    wanted = 0;
  }
  nth = wanted;
}

/* Whether this one is to fail; then errno is set. */
static int fails(const char* name) {
  if (nth < 0) read_order();
  if (nth == 0 || strcmp(call, name) != 0 || atomic_fetch_add(&count, 1) + 1 != nth) return 0;
  errno = number;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

extern void* __libc_malloc(size_t size);

void* malloc(size_t size) {
  return fails("malloc") ? NULL : __libc_malloc(size);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  return fd > 2 && fails("write") ? -1 : REAL(write)(fd, bytes, size);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  return fails("write") ? -1 : REAL(pwrite64)(fd, bytes, size, at);
}

int fsync(int fd) {
  return fails("fsync") ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd) {
  return fails("fsync") ? -1 : REAL(fdatasync)(fd);
}

void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t at) {
  return fails("mmap") ? MAP_FAILED : REAL(mmap)(address, size, protection, flags, fd, at);
}

int memfd_create(const char* name, unsigned flags) {
  return fails("memfd_create") ? -1 : REAL(memfd_create)(name, flags);
}

int fallocate(int fd, int mode, off_t at, off_t size) {
  return fails("fallocate") ? -1 : REAL(fallocate)(fd, mode, at, size);
}

int posix_fallocate(int fd, off_t at, off_t size) {
  return fails("fallocate") ? number : REAL(posix_fallocate)(fd, at, size);
}

pid_t fork(void) {
  return fails("fork") ? -1 : REAL(fork)();
}

int epoll_ctl(int epoll, int what, int fd, struct epoll_event* event) {
  return fails("epoll_ctl") ? -1 : REAL(epoll_ctl)(epoll, what, fd, event);
}
