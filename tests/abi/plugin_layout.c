/* The layout of the C contract, version 1.2, on 64-bit machines. A number that changes here breaks
 * every plugin that is built already: structs grow only at their end, in a new minor version. */
#include <penstock/plugin.h>

#define AT(type, member, offset) \
  _Static_assert(offsetof(type, member) == (offset), #type "." #member " has moved")
#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")

SIZE(penstock_text, 16);
SIZE(penstock_bytes, 16);

AT(penstock_param, name, 16);
AT(penstock_param, fallback, 48);
AT(penstock_param, choices, 64);
AT(penstock_param, minimum, 80);
SIZE(penstock_param, 96);

AT(penstock_port, flags, 4);
AT(penstock_port, name, 8);
AT(penstock_port, type, 24);
SIZE(penstock_port, 56);

AT(penstock_scalar, real, 8);
SIZE(penstock_scalar, 32);

AT(penstock_argument, values, 24);
SIZE(penstock_argument, 40);

AT(penstock_item, key, 16);
AT(penstock_item, attempt, 36);
SIZE(penstock_item, 40);

AT(penstock_host, self, 8);
AT(penstock_host, emit, 16);
AT(penstock_host, fail, 32);
AT(penstock_host, item_id, 72);
AT(penstock_host, input, 80);
AT(penstock_host, extension, 104);
AT(penstock_host, made_from, 112);
AT(penstock_host, instance_id, 120);
AT(penstock_host, forced, 128);
SIZE(penstock_host, 136);

SIZE(penstock_epoch, 16);

AT(penstock_task, name, 16);
AT(penstock_task, inputs, 48);
AT(penstock_task, params, 80);
AT(penstock_task, create, 104);
AT(penstock_task, run, 136);
AT(penstock_task, snapshot, 168);
AT(penstock_task, close, 184);
SIZE(penstock_task, 192);

SIZE(penstock_table, 24);

AT(penstock_plugin_info, magic, 16);
AT(penstock_plugin_info, name, 24);
AT(penstock_plugin_info, describe, 72);
SIZE(penstock_plugin_info, 88);
