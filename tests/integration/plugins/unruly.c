/* Tasks on the C contract alone that break it where their parameter `how` says so: what the SDK
 * keeps its authors from. None of them looks at what the host answers. */
#include <penstock/plugin.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }
#define BYTES(literal) ((penstock_bytes){literal, sizeof(literal) - 1})

static const penstock_bytes no_key = {NULL, 0};
static const penstock_text no_words = {NULL, 0};
static const size_t long_key = 70000;
static const size_t large = 40u << 20;

static const penstock_param params[] = {{sizeof(penstock_param),
                                         PENSTOCK_PARAM_TEXT,
                                         0,
                                         0,
                                         TEXT("how"),
                                         TEXT("what it does wrong"),
                                         {NULL, 0},
                                         NULL,
                                         0,
                                         0,
                                         0}};
static const penstock_port text_port[] = {
    {sizeof(penstock_port), 0, {NULL, 0}, TEXT("text"), TEXT("a line")}};

struct task {
  char how[32];
};

static int does(const struct task* task, const char* how) {
  return strcmp(task->how, how) == 0;
}

static void* create(const void* self, const penstock_host* host, const penstock_argument* arguments,
                    size_t count) {
  struct task* task = calloc(1, sizeof *task);
  (void)self, (void)host;
  if (task == NULL) return NULL;
  if (count > 0 && arguments[0].values[0].text.size < sizeof task->how) {
    memcpy(task->how, arguments[0].values[0].text.data, arguments[0].values[0].text.size);
  }
  if (does(task, "no instance")) {
    free(task);
    return NULL;
  }
  return task;
}

static void destroy(void* task) {
  free(task);
}

static void emit_line(const penstock_host* host) {
  host->emit(host->self, 0, BYTES("a line"), no_key);
}

static int32_t open_task(void* task, const penstock_host* host, penstock_epoch last,
                         penstock_bytes at, uint64_t* held) {
  (void)at;
  *held = last.number;
  if (does(task, "emit in open")) emit_line(host);
  return PENSTOCK_OK;
}

static int32_t run(void* task, const penstock_host* host, const penstock_item* items,
                   size_t count) {
  if (does(task, "no address")) host->emit(host->self, 0, (penstock_bytes){NULL, 5}, no_key);
  if (does(task, "no output")) host->emit(host->self, 9, items[0].value, no_key);
  if (does(task, "no item")) host->made_from(host->self, count + 6);
  if (does(task, "no reason")) return PENSTOCK_FAILED;
  if (does(task, "changed")) {
    host->fail(host->self, PENSTOCK_FAIL_CHANGED, (penstock_text)TEXT("not what it was"));
    return PENSTOCK_FAILED;
  }
  if (does(task, "no words")) {
    host->fail(host->self, PENSTOCK_FAIL_ERROR, no_words);
    return PENSTOCK_FAILED;
  }
  if (does(task, "long key")) {
    char* key = calloc(1, long_key);
    if (key != NULL) host->emit(host->self, 0, items[0].value, (penstock_bytes){key, long_key});
    free(key);
  }
  if (does(task, "large")) {
    char* value = calloc(1, large);
    if (value != NULL) host->emit(host->self, 0, (penstock_bytes){value, large}, BYTES("key"));
    free(value);
  }
  if (does(task, "answers in run")) host->answer(host->self, BYTES("unasked"));
  if (does(task, "fail twice")) {
    host->fail(host->self, PENSTOCK_FAIL_ERROR, (penstock_text)TEXT("the first reason"));
    host->fail(host->self, PENSTOCK_FAIL_ERROR, (penstock_text)TEXT("the second reason"));
    if (host->loan(host->self, 1) != NULL) abort();
  }
  host->emit(host->self, 0, items[0].value, items[0].key);
  return PENSTOCK_OK;
}

static int32_t take(void* task, const penstock_host* host, const penstock_item* items,
                    size_t count) {
  (void)task, (void)host, (void)items, (void)count;
  return PENSTOCK_OK;
}

static int32_t produce(void* task, const penstock_host* host, size_t want) {
  (void)task, (void)want;
  emit_line(host);
  return PENSTOCK_END;
}

static int32_t finish(void* task, const penstock_host* host) {
  (void)host;
  return does(task, "no way back") ? PENSTOCK_FAILED : PENSTOCK_OK;
}

/* Of snapshot and commit. */
static int32_t mark(void* task, const penstock_host* host) {
  if (does(task, "no answer")) return PENSTOCK_OK;
  if (does(task, "two answers")) host->answer(host->self, BYTES("one"));
  if (does(task, "emit in mark")) emit_line(host);
  if (does(task, "large")) {
    char* value = calloc(1, large);
    if (value != NULL) host->answer(host->self, (penstock_bytes){value, large});
    free(value);
    return PENSTOCK_OK;
  }
  host->answer(host->self, BYTES("the other"));
  return PENSTOCK_OK;
}

static int32_t commit(void* task, const penstock_host* host, penstock_epoch epoch) {
  (void)epoch;
  return mark(task, host);
}

static int32_t restore(void* task, const penstock_host* host, penstock_bytes state) {
  (void)state;
  if (!does(task, "no way back")) return PENSTOCK_OK;
  host->fail(host->self, PENSTOCK_FAIL_ERROR, (penstock_text)TEXT("nobody knows that place"));
  return PENSTOCK_FAILED;
}

static int32_t close_task(void* task, const penstock_host* host) {
  if (does(task, "emit in close")) emit_line(host);
  if (does(task, "speaks in close")) {
    host->progress(host->self, 1, 2);
    host->log(host->self, PENSTOCK_INFO, (penstock_text)TEXT("goodbye"));
    host->item_id(host->self);
  }
  if (does(task, "answers in close")) host->answer(host->self, BYTES("unasked"));
  return PENSTOCK_OK;
}

static const penstock_task tasks[] = {
    {.size = sizeof(penstock_task),
     .kind = PENSTOCK_SOURCE,
     .flags = PENSTOCK_HAS_SNAPSHOT,
     .name = TEXT("make"),
     .about = TEXT("one line"),
     .outputs = text_port,
     .output_count = 1,
     .params = params,
     .param_count = 1,
     .create = create,
     .destroy = destroy,
     .restore = restore,
     .open = open_task,
     .produce = produce,
     .snapshot = mark,
     .close = close_task},
    {.size = sizeof(penstock_task),
     .kind = PENSTOCK_TRANSFORM,
     .name = TEXT("pass"),
     .about = TEXT("each line"),
     .inputs = text_port,
     .input_count = 1,
     .outputs = text_port,
     .output_count = 1,
     .params = params,
     .param_count = 1,
     .create = create,
     .destroy = destroy,
     .open = open_task,
     .run = run,
     .close = close_task},
    {.size = sizeof(penstock_task),
     .kind = PENSTOCK_STATEFUL,
     .flags = PENSTOCK_HAS_SNAPSHOT,
     .name = TEXT("gather"),
     .about = TEXT("each line"),
     .inputs = text_port,
     .input_count = 1,
     .outputs = text_port,
     .output_count = 1,
     .params = params,
     .param_count = 1,
     .create = create,
     .destroy = destroy,
     .restore = restore,
     .open = open_task,
     .run = run,
     .finish = finish,
     .snapshot = mark,
     .close = close_task},
    {.size = sizeof(penstock_task),
     .kind = PENSTOCK_SINK,
     .flags = PENSTOCK_HAS_COMMIT,
     .name = TEXT("keep"),
     .about = TEXT("nothing"),
     .inputs = text_port,
     .input_count = 1,
     .params = params,
     .param_count = 1,
     .create = create,
     .destroy = destroy,
     .open = open_task,
     .run = take,
     .commit = commit,
     .close = close_task},
};
static const penstock_table table = {sizeof(penstock_table), sizeof(penstock_task), tasks, 4};

static const penstock_table* describe(penstock_text* error) {
  (void)error;
  return &table;
}

PENSTOCK_EXPORT const penstock_plugin_info penstock_plugin = {
    .size = sizeof(penstock_plugin_info),
    .abi_major = PENSTOCK_ABI_MAJOR,
    .abi_minor = PENSTOCK_ABI_MINOR,
    .magic = PENSTOCK_MAGIC,
    .name = TEXT("unruly"),
    .version = TEXT("1.0.0"),
    .about = TEXT("tasks that break the contract"),
    .describe = describe,
};
