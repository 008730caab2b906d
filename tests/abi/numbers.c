/* A plugin in plain C, by <penstock/plugin.h> alone: it shows that the contract stands without C++.
 *   numbers.count   a source of the numbers from 0, with parameters, a total and snapshots
 *   numbers.halve   half of an even number; odd ones go to the output `odd`, negative ones fail */
#include <penstock/plugin.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) {literal, sizeof(literal) - 1}

static penstock_bytes bytes_of(const int64_t *number) {
  penstock_bytes bytes;
  bytes.data = number;
  bytes.size = sizeof *number;
  return bytes;
}

static int32_t fail(const penstock_host *host, uint32_t failure, const char *message) {
  penstock_text text;
  text.data = message;
  text.size = strlen(message);
  host->fail(host->self, failure, text);
  return PENSTOCK_FAILED;
}

/* ---- count ---- */

struct count {
  int64_t end;
  int64_t next;
};

static void *count_create(const void *self, const penstock_host *host,
                          const penstock_argument *arguments, size_t number) {
  struct count *count = calloc(1, sizeof *count);
  size_t i;
  (void)self;
  if (count == NULL) {
    fail(host, PENSTOCK_FAIL_ERROR, "there is no memory");
    return NULL;
  }
  count->end = 10;
  for (i = 0; i != number; ++i) {
    if (arguments[i].name.size == 3 && memcmp(arguments[i].name.data, "end", 3) == 0) {
      count->end = arguments[i].values[0].integer;
    }
  }
  return count;
}

static int32_t count_restore(void *instance, const penstock_host *host, penstock_bytes snapshot) {
  struct count *count = instance;
  if (snapshot.size != sizeof count->next) {
    return fail(host, PENSTOCK_FAIL_PERMANENT, "the snapshot is of another size");
  }
  memcpy(&count->next, snapshot.data, sizeof count->next);
  return PENSTOCK_OK;
}

static int32_t count_produce(void *instance, const penstock_host *host, size_t want) {
  struct count *count = instance;
  const penstock_bytes no_key = {NULL, 0};
  for (; want != 0 && count->next < count->end; --want) {
    if (host->emit(host->self, 0, bytes_of(&count->next), no_key) != PENSTOCK_OK) {
      return PENSTOCK_FAILED;
    }
    ++count->next;
  }
  return count->next < count->end ? PENSTOCK_OK : PENSTOCK_END;
}

static uint64_t count_total(void *instance, const penstock_host *host) {
  const struct count *count = instance;
  (void)host;
  return (uint64_t)count->end;
}

static int32_t count_snapshot(void *instance, const penstock_host *host) {
  const struct count *count = instance;
  return host->answer(host->self, bytes_of(&count->next));
}

/* ---- halve ---- */

static void *halve_create(const void *self, const penstock_host *host,
                          const penstock_argument *arguments, size_t number) {
  static char instance; /* it keeps nothing */
  (void)self, (void)host, (void)arguments, (void)number;
  return &instance;
}

static void halve_destroy(void *instance) { (void)instance; }

static int32_t halve_run(void *instance, const penstock_host *host, const penstock_item *items,
                         size_t count) {
  size_t i;
  (void)instance;
  for (i = 0; i != count; ++i) {
    int64_t number;
    int64_t half;
    int32_t emitted;
    if (items[i].value.size != sizeof number) {
      return fail(host, PENSTOCK_FAIL_PERMANENT, "an int is of another size");
    }
    memcpy(&number, items[i].value.data, sizeof number);
    if (number < 0) return fail(host, PENSTOCK_FAIL_ERROR, "a negative number is not halved");
    half = number / 2;
    if (number % 2 == 0) {
      emitted = host->emit(host->self, 0, bytes_of(&half), items[i].key);
    } else {
      emitted = host->emit(host->self, 1, items[i].value, items[i].key);
    }
    if (emitted != PENSTOCK_OK) return PENSTOCK_FAILED;
  }
  return PENSTOCK_OK;
}

/* ---- the tables ---- */

static const penstock_port count_outputs[] = {
    {sizeof(penstock_port), 0, {NULL, 0}, TEXT("int"), TEXT("the numbers")},
};

static const penstock_port halve_inputs[] = {
    {sizeof(penstock_port), 0, {NULL, 0}, TEXT("int"), TEXT("a number")},
};

static const penstock_port halve_outputs[] = {
    {sizeof(penstock_port), 0, {NULL, 0}, TEXT("int"), TEXT("its half")},
    {sizeof(penstock_port), 0, TEXT("odd"), TEXT("int"), TEXT("the odd ones, as they are")},
};

static const penstock_param count_params[] = {
    {sizeof(penstock_param), PENSTOCK_PARAM_INT, PENSTOCK_PARAM_HAS_MIN, 0, TEXT("end"),
     TEXT("where the numbers stop"), TEXT("10"), NULL, 0, 0, 0},
};

static const penstock_task tasks[] = {
    {sizeof(penstock_task), PENSTOCK_SOURCE, PENSTOCK_HAS_SNAPSHOT, 0, TEXT("count"),
     TEXT("the numbers from 0"), NULL, 0, count_outputs, 1, count_params, 1, NULL, count_create,
     free, count_restore, NULL, NULL, count_produce, count_total, NULL, count_snapshot, NULL, NULL},
    {sizeof(penstock_task), PENSTOCK_TRANSFORM, PENSTOCK_TAKES_BATCH, 0, TEXT("halve"),
     TEXT("half of an even number"), halve_inputs, 1, halve_outputs, 2, NULL, 0, NULL, halve_create,
     halve_destroy, NULL, NULL, halve_run, NULL, NULL, NULL, NULL, NULL, NULL},
};

static const penstock_table table = {sizeof(penstock_table), sizeof(penstock_task), tasks, 2};

static const penstock_table *describe(penstock_text *error) {
  (void)error;
  return &table;
}

const penstock_plugin_info penstock_plugin = {
    sizeof(penstock_plugin_info), PENSTOCK_ABI_MAJOR, PENSTOCK_ABI_MINOR, 0, PENSTOCK_MAGIC,
    TEXT("numbers"), TEXT("1.0.0"), TEXT("numbers, from plain C"), describe, NULL,
};
