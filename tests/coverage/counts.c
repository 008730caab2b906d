/* Counts of a coverage build are written where a process ends by exit() or by coming back from
 * main(). Those here end by _exit(), too, or by the signal that their handler raises again, and
 * some are in a sandbox: this library stands before the C library in all programs of such a build,
 * and writes the counts there as well. What is killed by SIGKILL writes none.
 *
 * A copy of the process does it, which nobody knows: half a file of counts would be worth nothing,
 * and nothing is added to it ever after. */
#define _GNU_SOURCE
#include "counts.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef void (*Writer)(void);

static _Atomic(Writer) writers[64];

static long call(long number, long a, long b, long c, long d, long e, long f) {
  static long (*real)(long, ...);
  if (real == NULL) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  return real(number, a, b, c, d, e, f);
}

void counts_add(Writer write_counts) {
  for (size_t i = 0; i < sizeof writers / sizeof *writers; ++i) {
    Writer none = NULL;
    if (atomic_compare_exchange_strong(&writers[i], &none, write_counts)) return;
  }
}

void counts_remove(Writer write_counts) {
  for (size_t i = 0; i < sizeof writers / sizeof *writers; ++i) {
    Writer wanted = write_counts;
    atomic_compare_exchange_strong(&writers[i], &wanted, NULL);
  }
}

/* Limits of a test are none for the files of counts. */
static void lift_limits(void) {
  const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
  struct rlimit files;
  setrlimit(RLIMIT_FSIZE, &none);
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

static _Noreturn void leave(int status) {
  for (;;) call(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

static _Noreturn void write_all(void) {
  /* Another thread may have been amid an allocation, and a crash: then the copy would stand still,
   * and with it all that want to write into the same file. */
  enum { kLongest = 3 }; /* seconds */
  sigset_t alarms;
  sigemptyset(&alarms);
  sigaddset(&alarms, SIGALRM);
  signal(SIGALRM, SIG_DFL);
  sigprocmask(SIG_UNBLOCK, &alarms, NULL);
  alarm(kLongest);
  setsid();                                  /* not of the group that is killed */
  call(SYS_close_range, 3, ~0u, 0, 0, 0, 0); /* nobody waits for the end of a pipe or a lock */
  lift_limits();
  for (size_t i = 0; i < sizeof writers / sizeof *writers; ++i) {
    const Writer write_counts = atomic_load(&writers[i]);
    if (write_counts != NULL) write_counts();
  }
  leave(0);
}

static void write_in_a_copy(void) {
  const long copy = call(SYS_clone, 0, 0, 0, 0, 0, 0);
  if (copy == 0) write_all();
  while (copy > 0 && waitpid((pid_t)copy, NULL, __WALL) < 0 && errno == EINTR) continue;
}

void _exit(int status) {
  write_in_a_copy();
  leave(status);
}

static void at_exit(int status, void* none) {
  (void)none;
  fflush(NULL);
  _exit(status);
}

/* Before all other constructors: it runs after the destructors of what they construct. */
__attribute__((constructor)) static void begin(void) {
  on_exit(at_exit, NULL);
}

int raise(int number) {
  if (number != SIGSTOP) write_in_a_copy(); /* that one ends nothing */
  return (int)call(SYS_tgkill, getpid(), gettid(), number, 0, 0, 0);
}

/* No sandbox keeps a process from the folder of the counts. */
static void allow_counts(int rules) {
  const struct landlock_path_beneath_attr folder = {
      LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
          1u << 14, /* truncate */
      open(COUNTS_FOLDER, O_PATH | O_CLOEXEC)};
  call(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, (long)&folder, 0, 0, 0);
  close(folder.parent_fd);
}

long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long words[6];
  for (int i = 0; i < 6; ++i) words[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_landlock_restrict_self) allow_counts((int)words[0]);
  return call(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
