/* A plugin in plain C with one task of each kind: the C contract needs nothing but its header. */
#include <penstock/plugin.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) {literal, sizeof(literal) - 1}

static const penstock_text modes[] = {TEXT("fast"), TEXT("careful")};
static const penstock_param params[] = {
    {sizeof(penstock_param), PENSTOCK_PARAM_SIZE,
     PENSTOCK_PARAM_REQUIRED | PENSTOCK_PARAM_HAS_MIN | PENSTOCK_PARAM_HAS_MAX, 0, TEXT("size"),
     TEXT("how much"), {NULL, 0}, NULL, 0, 1, 4096},
    {sizeof(penstock_param), PENSTOCK_PARAM_ENUM, 0, 0, TEXT("mode"), TEXT("how well"),
     TEXT("fast"), modes, 2, 0, 0},
    {sizeof(penstock_param), PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_LIST | PENSTOCK_PARAM_SECRET, 0,
     TEXT("keys"), TEXT("what opens it"), {NULL, 0}, NULL, 0, 0, 0},
};
static const penstock_port text_port[] = {{sizeof(penstock_port), PENSTOCK_PORT_KEYLESS, {NULL, 0},
                                           TEXT("text"), TEXT("a line")}};
static const penstock_port two_ports[] = {
    {sizeof(penstock_port), 0, {NULL, 0}, TEXT("record{word:text,count:int}"), TEXT("a count")},
    {sizeof(penstock_port), 0, TEXT("rejects"), TEXT("text"), TEXT("what is no word")}};

static void *create(const void *self, const penstock_host *host,
                    const penstock_argument *arguments, size_t count) {
  (void)self, (void)host, (void)arguments, (void)count;
  return malloc(1);
}
static void destroy(void *instance) { free(instance); }
static int32_t produce(void *instance, const penstock_host *host, size_t want) {
  (void)instance, (void)host, (void)want;
  return PENSTOCK_END;
}
static int32_t run(void *instance, const penstock_host *host, const penstock_item *items,
                   size_t count) {
  (void)instance, (void)host, (void)items, (void)count;
  return PENSTOCK_OK;
}
static int32_t snapshot(void *instance, const penstock_host *host) {
  (void)instance;
  return host->answer(host->self, (penstock_bytes){"state", 5});
}
static int32_t restore(void *instance, const penstock_host *host, penstock_bytes state) {
  (void)instance, (void)host, (void)state;
  return PENSTOCK_OK;
}
static int32_t open_sink(void *instance, const penstock_host *host, penstock_epoch last,
                         penstock_bytes at, uint64_t *held) {
  (void)instance, (void)host, (void)at;
  *held = last.number;
  return PENSTOCK_OK;
}
static int32_t commit(void *instance, const penstock_host *host, penstock_epoch epoch) {
  (void)instance, (void)host, (void)epoch;
  return PENSTOCK_OK;
}

static const penstock_task tasks[] = {
    {.size = sizeof(penstock_task), .kind = PENSTOCK_SOURCE,
     .flags = PENSTOCK_HAS_SNAPSHOT | PENSTOCK_READS_INPUT, .name = TEXT("lines"),
     .about = TEXT("lines of a file"), .outputs = text_port, .output_count = 1, .params = params,
     .param_count = 3, .create = create, .destroy = destroy, .restore = restore,
     .produce = produce, .snapshot = snapshot},
    {.size = sizeof(penstock_task), .kind = PENSTOCK_TRANSFORM, .name = TEXT("split"),
     .inputs = text_port, .input_count = 1, .outputs = two_ports, .output_count = 2,
     .create = create, .destroy = destroy, .run = run},
    {.size = sizeof(penstock_task), .kind = PENSTOCK_STATEFUL, .flags = PENSTOCK_HAS_SNAPSHOT,
     .name = TEXT("sum"), .inputs = two_ports, .input_count = 1, .outputs = two_ports,
     .output_count = 1, .create = create, .destroy = destroy, .restore = restore, .run = run,
     .snapshot = snapshot},
    {.size = sizeof(penstock_task), .kind = PENSTOCK_SINK, .flags = PENSTOCK_HAS_COMMIT,
     .name = TEXT("save"), .inputs = two_ports, .input_count = 1, .create = create,
     .destroy = destroy, .open = open_sink, .run = run, .commit = commit},
};
static const penstock_table table = {sizeof(penstock_table), sizeof(penstock_task), tasks, 4};

static const penstock_table *describe(penstock_text *error) {
  (void)error;
  return &table;
}

PENSTOCK_EXPORT const penstock_plugin_info penstock_plugin = {
    .size = sizeof(penstock_plugin_info),
    .abi_major = PENSTOCK_ABI_MAJOR,
    .abi_minor = PENSTOCK_ABI_MINOR,
    .magic = PENSTOCK_MAGIC,
    .name = TEXT("plain"),
    .version = TEXT("1.2.3"),
    .about = TEXT("a plugin in plain C"),
    .describe = describe,
};
