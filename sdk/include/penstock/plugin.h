/* Penstock: the contract between the engine's workers and a plugin, in plain C.
 *
 * A plugin is a shared library that exports one data symbol, `penstock_plugin`, of type
 * `struct penstock_plugin`. C++ authors include <penstock/plugin.hpp>, which fills all of this in.
 *
 * Versions   `abi_major` must be equal on both sides. Within a major, structs grow only at their
 *            end: each begins with its `size`, and nobody reads past the size that it was given.
 * Strings    are pointer and length, UTF-8, without a terminator unless said otherwise.
 * Ownership  What a plugin returns through its tables lives as long as the library is loaded. What
 *            the host hands to a function lives until that function returns. Nothing is freed on
 *            the other side, except that `destroy` frees what `create` made.
 * Threads    All functions of one instance are called from one thread, one after the other. Host
 *            functions may be called only from inside a call, on that same thread.
 * Failure    A function fails by calling `host->fail` and returning PENSTOCK_FAILED. Nothing that
 *            is thrown may cross this border.
 *
 * States of an instance, in order (a function is called in no other state):
 *   create -> [restore] -> open -> { run | produce | snapshot | commit }* -> [finish [commit]]
 *   -> close -> destroy
 * A failed `create`, `restore` or `open` is followed by `destroy` alone (none after `create`).
 */
#ifndef PENSTOCK_PLUGIN_H
#define PENSTOCK_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PENSTOCK_MAGIC 0x4b434f54534e4550ull /* "PENSTOCK", little endian */
#define PENSTOCK_ABI_MAJOR 1u
#define PENSTOCK_ABI_MINOR 2u /* 1: made_from, instance_id, port flags; 2: forced, FAIL_CHANGED */
#define PENSTOCK_SYMBOL "penstock_plugin"

#if defined(__GNUC__)
#define PENSTOCK_EXPORT __attribute__((visibility("default")))
#define PENSTOCK_HIDDEN __attribute__((visibility("hidden")))
#else
#define PENSTOCK_EXPORT
#define PENSTOCK_HIDDEN
#endif

typedef struct penstock_text {
  const char* data;
  size_t size;
} penstock_text;

typedef struct penstock_bytes {
  const void* data;
  size_t size;
} penstock_bytes;

/* ---- Types -------------------------------------------------------------------------------------
 * What passes along an edge is described by a text in this grammar (no white space):
 *
 *   type   = value | "packed" "(" size ")" "{" name ":" field "@" offset {"," ...} "}"
 *   value  = "any" | "null" | "bool" | "int" | "float" | "text" | "bytes"
 *          | "list<" value ">" | "map<" value ">" | "tuple<" value {"," value} ">"
 *          | "optional<" value ">"
 *          | "record{" name ":" value {"," name ":" value} "}"
 *   field  = scalar | scalar "[" n "]"     one, or a fixed array
 *          | "char[" n "]"                 text of at most n bytes, padded with NUL
 *   scalar = "bool" | "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "f32" | "f64"
 *   name   = [A-Za-z_][A-Za-z0-9_]*
 *
 * Representation in memory (little endian):
 *   text, bytes    the bytes themselves       int    int64_t            float  double
 *   bool           one byte, 0 or 1           null   no bytes
 *   packed         the C struct itself, `size` bytes
 *   all others     one CBOR item (RFC 8949): list and tuple as array, map and record as a map with
 *                  text keys, optional as null or the value; `any` is any such item. Lengths are
 *                  definite, keys are text, tags are passed over, at most 64 levels deep. A record
 *                  may come with more fields than declared, in any order, without those that are
 *                  optional, and with an int for a float and text for bytes.
 *
 * Values begin at an address that is a multiple of 16. */

/* ---- What a task declares ------------------------------------------------------------------- */

enum penstock_kind {
  PENSTOCK_SOURCE = 1,    /* produce                                                        */
  PENSTOCK_TRANSFORM = 2, /* run: each item on its own, in any worker, in any order         */
  PENSTOCK_STATEFUL = 3,  /* run, finish, snapshot, restore                                 */
  PENSTOCK_SINK = 4       /* run, and commit where output can be made durable by epochs     */
};

enum penstock_task_flags {
  PENSTOCK_HAS_SNAPSHOT = 1u << 0, /* source, stateful: goes on from what `snapshot` gave   */
  PENSTOCK_HAS_COMMIT = 1u << 1,   /* sink: `commit` makes all that was given durable       */
  PENSTOCK_TAKES_BATCH = 1u << 2,  /* `run` takes several items at once                     */
  PENSTOCK_READS_INPUT = 1u << 3,  /* source: may read the engine's standard input          */
  PENSTOCK_ATOMIC_RUN = 1u << 4,   /* sink: a `run` that fails for good (PERMANENT) leaves  */
                                   /* no trace, so there is no going back to the last mark  */
  PENSTOCK_ROLLS_BACK = 1u << 5    /* sink: `open` takes back what was committed after the  */
                                   /* epoch that it is given, and so never holds a later one */
};

enum penstock_param_kind {
  PENSTOCK_PARAM_BOOL = 1,
  PENSTOCK_PARAM_INT = 2,
  PENSTOCK_PARAM_FLOAT = 3,
  PENSTOCK_PARAM_TEXT = 4,
  PENSTOCK_PARAM_ENUM = 5,     /* text, one of `choices`                                    */
  PENSTOCK_PARAM_DURATION = 6, /* int: nanoseconds; written 250ms, 3s, 2min, 1h             */
  PENSTOCK_PARAM_SIZE = 7,     /* int: bytes; written 100, 64KiB, 1MiB, 2GiB                */
  PENSTOCK_PARAM_SHARED = 8    /* text: the name of an object under `shared`, to be asked   */
                               /* for by `named` of penstock/sync.h. Its `choices` are      */
                               /* three: the type as in the file, what it holds (empty:     */
                               /* nothing), and of a value or array the bytes of one; or 0  */
};

enum penstock_param_flags {
  PENSTOCK_PARAM_REQUIRED = 1u << 0,
  PENSTOCK_PARAM_LIST = 1u << 1,   /* any number of values of the kind                      */
  PENSTOCK_PARAM_SECRET = 1u << 2, /* never shown                                           */
  PENSTOCK_PARAM_HAS_MIN = 1u << 3,
  PENSTOCK_PARAM_HAS_MAX = 1u << 4,
  PENSTOCK_PARAM_OUTPUT = 1u << 5 /* of a sink, text: the file that it writes                */
};

typedef struct penstock_param {
  uint32_t size; /* sizeof(penstock_param) */
  uint32_t kind;
  uint32_t flags;
  uint32_t reserved;
  penstock_text name;     /* [a-z][a-z0-9_]*                                                */
  penstock_text about;    /* one line for a person                                          */
  penstock_text fallback; /* the default as a person would write it; empty: none            */
  const penstock_text* choices;
  size_t choice_count;
  double minimum; /* of int, float, duration (ns), size (bytes)                              */
  double maximum;
} penstock_param;

enum penstock_port_flags {
  PENSTOCK_PORT_KEYLESS = 1u << 0 /* output: what is emitted here never comes with a key      */
};

typedef struct penstock_port {
  uint32_t size; /* sizeof(penstock_port) */
  uint32_t flags;
  penstock_text name; /* empty: the main one, which stands first                             */
  penstock_text type; /* in the grammar above                                                */
  penstock_text about;
} penstock_port;

/* ---- What the host hands over ---------------------------------------------------------------- */

typedef struct penstock_scalar {
  int64_t integer;    /* bool, int, duration, size                                              */
  double real;        /* float                                                                  */
  penstock_text text; /* text, enum                                                          */
} penstock_scalar;

/* One parameter that the pipeline file sets. Kinds and limits are checked already; a parameter that
 * is not set is not listed. */
typedef struct penstock_argument {
  penstock_text name;
  uint32_t kind;
  uint32_t reserved;
  const penstock_scalar* values;
  size_t count; /* 1 unless the parameter is a list */
} penstock_argument;

typedef struct penstock_item {
  penstock_bytes value; /* of the declared input type, on a multiple of 16                   */
  penstock_bytes key;   /* empty unless the stage is partitioned                             */
  uint32_t input;       /* index of the named input                                          */
  uint32_t attempt;     /* 1 at first                                                        */
} penstock_item;

enum penstock_result {
  PENSTOCK_OK = 0,
  PENSTOCK_FAILED = 1, /* after host->fail                                                   */
  PENSTOCK_END = 2     /* produce: there is no more; what this call emitted still counts      */
};

enum penstock_failure {
  PENSTOCK_FAIL_ERROR = 0,     /* retried if the stage says so                               */
  PENSTOCK_FAIL_PERMANENT = 1, /* never retried                                              */
  PENSTOCK_FAIL_TRANSIENT = 2, /* retried even where only some outcomes are                  */
  PENSTOCK_FAIL_LACK = 3,      /* disk full, no descriptors, closed output: stops the run    */
  PENSTOCK_FAIL_CHANGED = 4    /* open of a source: what the snapshot was taken in is not    */
                               /* what it was; PERMANENT elsewhere. Since minor 2            */
};

enum penstock_log_level { PENSTOCK_DEBUG = 0, PENSTOCK_INFO = 1, PENSTOCK_WARNING = 2 };

/* Functions of the worker, given to each call. `self` is passed back as their first argument. */
typedef struct penstock_host {
  uint32_t size; /* sizeof(penstock_host) of the host */
  uint32_t abi_minor;
  void* self;

  /* Emits one value on output `output`. If `value` lies inside a block that `loan` gave in this
   * call, the block itself is handed on (once; it is no longer the caller's). If it lies inside an
   * input of this call, that part of the input is passed on and no byte moves. Else the bytes are
   * copied before it returns. `key` may be empty. Never waits for another call.
   * Fails (PENSTOCK_FAILED, with the failure recorded) beyond the stage's `max_output`. */
  int32_t (*emit)(void* self, uint32_t output, penstock_bytes value, penstock_bytes key);

  /* A block of `size` writable bytes on a multiple of 64, the caller's until it is emitted or the
   * call ends. NULL if there is no memory, with the failure recorded. */
  void* (*loan)(void* self, size_t size);

  /* Records why the call fails; the caller then returns PENSTOCK_FAILED. The text is copied. */
  void (*fail)(void* self, uint32_t failure, penstock_text message);

  /* The result of `snapshot` or `commit`: at most once in a call, copied before it returns. */
  int32_t (*answer)(void* self, penstock_bytes value);

  void (*log)(void* self, uint32_t level, penstock_text message);
  void (*progress)(void* self, double done, double total);

  /* 1 when the engine wants the call to end: a time-out or the end of the run is near. */
  int32_t (*cancelled)(void* self);

  /* Id of the item in hand, such as "chunks:17/counts:0"; lives until the call ends. */
  penstock_text (*item_id)(void* self);

  /* The engine's standard input, for sources with PENSTOCK_READS_INPUT. `*view` is what has been
   * read and not consumed, whole lines unless the input ended without one; it counts as an input
   * of this call, so parts of it can be emitted without a copy. `*end` is 1 when nothing comes
   * after it. An empty view without end: return, and be asked again. `consume` moves on; the
   * worker remembers the position with each snapshot and returns to it with each restore. */
  int32_t (*input)(void* self, penstock_bytes* view, int32_t* end);
  void (*consume)(void* self, size_t size);

  /* A descriptor of the engine's standard output, for sinks; -1 elsewhere. Not to be closed. */
  int32_t (*output)(void* self);

  /* An extension by name, or NULL; what it points at is described with the extension. */
  const void* (*extension)(void* self, penstock_text name);

  /* Of a call with several items: what is emitted from here on was made from the item of this
   * index; PENSTOCK_ALL_ITEMS, as at the begin of each call: from all of them together. It decides
   * whose account an output is in, and its id and place in the order. Since minor 1. */
  void (*made_from)(void* self, size_t item);

  /* Names the instance and whoever takes its place, after a death or when the run is resumed: the
   * run, the stage and, where it is partitioned, the number there, such as "5f0c…e1/save.2". No
   * other run has it. Lives as long as the instance. Since minor 1. */
  penstock_text (*instance_id)(void* self);

  /* 1 where the run is resumed by force: `open` of a source that was restored goes on from there
   * even if what it reads is not what it was. Since minor 2. */
  int32_t (*forced)(void* self);
} penstock_host;

#define PENSTOCK_ALL_ITEMS ((size_t)-1)

enum penstock_epoch_flags {
  PENSTOCK_EPOCH_SYNC = 1u << 0, /* has to survive a loss of power: fsync                    */
  PENSTOCK_EPOCH_LAST = 1u << 1  /* nothing follows                                          */
};

typedef struct penstock_epoch {
  uint64_t number; /* from 1, each one more than the one before; 0: none                    */
  uint32_t flags;
  uint32_t reserved;
} penstock_epoch;

/* ---- A task ----------------------------------------------------------------------------------
 * `create`, `destroy`, and `run` (a source: `produce`) are there; any other function may be NULL,
 * where the task has no use for it. Those that return int32_t return a penstock_result. */
typedef struct penstock_task {
  uint32_t size; /* sizeof(penstock_task) */
  uint32_t kind;
  uint32_t flags;
  uint32_t reserved;
  penstock_text name; /* [a-z][a-z0-9_]*; the pipeline file says plugin.name */
  penstock_text about;
  const penstock_port* inputs; /* none for a source */
  size_t input_count;
  const penstock_port* outputs; /* none for a sink */
  size_t output_count;
  const penstock_param* params;
  size_t param_count;
  const void* self; /* handed to `create` */

  void* (*create)(const void* self, const penstock_host* host, const penstock_argument* arguments,
                  size_t count);
  void (*destroy)(void* instance);

  /* Goes on from the bytes that an earlier instance's `snapshot` answered. */
  int32_t (*restore)(void* instance, const penstock_host* host, penstock_bytes snapshot);

  /* Sinks: `last` is the last epoch that the engine knows to be committed and `at` what its commit
   * answered; *held becomes the epoch that the output really holds: `last` (what came after it was
   * cut off) or `last` + 1. Others: `last` is 0, `at` empty and `held` is not read. */
  int32_t (*open)(void* instance, const penstock_host* host, penstock_epoch last, penstock_bytes at,
                  uint64_t* held);

  int32_t (*run)(void* instance, const penstock_host* host, const penstock_item* items,
                 size_t count);

  /* Emits about `want` items. PENSTOCK_OK without an emit: there may be more later. */
  int32_t (*produce)(void* instance, const penstock_host* host, size_t want);

  /* How many items there will be in all; UINT64_MAX if it is not known. */
  uint64_t (*total)(void* instance, const penstock_host* host);

  /* After the last item. Stateful: may emit. Sink: follows the last commit; completes the output.
   * Not called when a run is stopped. */
  int32_t (*finish)(void* instance, const penstock_host* host);

  int32_t (*snapshot)(void* instance, const penstock_host* host);
  int32_t (*commit)(void* instance, const penstock_host* host, penstock_epoch epoch);
  int32_t (*close)(void* instance, const penstock_host* host);
} penstock_task;

/* ---- The plugin ----------------------------------------------------------------------------- */

typedef struct penstock_table {
  uint32_t size;      /* sizeof(penstock_table) */
  uint32_t task_size; /* sizeof(penstock_task), the distance between two tasks */
  const penstock_task* tasks;
  size_t task_count;
} penstock_table;

typedef struct penstock_plugin_info {
  uint32_t size; /* sizeof(penstock_plugin_info) */
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reserved;
  uint64_t magic;
  penstock_text name; /* [a-z][a-z0-9_]*; the library is called libNAME.so */
  penstock_text version;
  penstock_text about;

  /* Called once, before anything else; returns the tasks, or NULL with `*error` set. */
  const penstock_table* (*describe)(penstock_text* error);

  /* An extension of the plugin by name, or NULL. May be NULL itself. */
  const void* (*extension)(penstock_text name);
} penstock_plugin_info;

/* The one symbol that a plugin exports. */
extern PENSTOCK_EXPORT const penstock_plugin_info penstock_plugin;

/* What callbacks take as their input: how something ended.
 *   kind     item_done, item_failed, stage_done, run_done
 *   stage    where: of an item that is done its source, of a dead one where it was given up
 *   item     its id; empty for stages and runs
 *   attempt  the last one, from 1; 0 for stages and runs
 *   outcome  items: done, skipped, handled (its `failed` record was taken), dead; else: done, or
 *            for a run that ended early: stopped
 *   cause    why it was given up, or why the run stopped; else empty
 *   seconds  since the item, the stage or the run began
 *   value    item_failed: the payload; stages and runs: their account; else null */
#define PENSTOCK_COMPLETION_TYPE                                                             \
  "record{kind:text,stage:text,item:text,attempt:int,outcome:text,cause:text,seconds:float," \
  "value:any}"

/* What the output `failed` of every stage gives: an item that was given up there. */
#define PENSTOCK_FAILED_TYPE                                                                     \
  "record{item:text,stage:text,task:text,cause:text,attempts:list<record{cause:text,signal:int," \
  "exit:int,message:text,stack:list<text>,stderr:text,worker:text,seconds:float}>,payload:any}"

#ifdef __cplusplus
}
#endif
#endif
