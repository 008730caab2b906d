"""The rules themselves: each is broken once, in a tree made for it, and must be found there."""

import tempfile
import unittest
from pathlib import Path

import house_rules

SOUND = {
    "sdk/include/penstock/plugin.h": "#include <stdint.h>\n",
    "sdk/include/penstock/plugin.hpp": '#include <string>\n#include "penstock/plugin.h"\n',
    "sdk/include/penstock/type.hpp": "#include <string_view>\n",
    "engine/include/penstock/error.hpp": "#include <stdexcept>\n",
    "engine/base/fd.hpp": "#include <unistd.h>\n",
    "engine/base/result.hpp": '#include "penstock/error.hpp"\n',
    "engine/spec/spec.cpp": '#include <yaml-cpp/yaml.h>\n#include "base/result.hpp"\n',
    "engine/ipc/ring.hpp": '#include "base/fd.hpp"\n',
    "engine/plugin/descriptor.hpp": "#include <string>\n",
    "engine/plugin/library.cpp": "#include <boost/dll.hpp>\n#include <penstock/plugin.h>\n",
    "engine/plan/plan.hpp": '#include "plugin/descriptor.hpp"\n#include <penstock/type.hpp>\n',
    "engine/run/loop.cpp": '#include "plan/plan.hpp"\n#include "ipc/ring.hpp"\n',
    "plugins/text/grep.hpp": "#include <penstock/plugin.hpp>\n",
    "plugins/text/text.cpp": '#include "grep.hpp"\n',
}


class HouseRules(unittest.TestCase):
    def found(self, **changed):
        """The findings of the sound tree, some files changed: `__` is `/`, `_dot_` is `.`."""
        files = dict(SOUND)
        for name, text in changed.items():
            files[name.replace("__", "/").replace("_dot_", ".")] = text
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return list(house_rules.findings(folder))

    def test_a_sound_tree_has_no_finding(self):
        self.assertEqual(self.found(), [])

    def test_an_upward_include_is_named_with_its_line(self):
        self.assertEqual(
            self.found(engine__ipc__ring_dot_hpp='\n#include "run/loop.hpp"\n'),
            ["engine/ipc/ring.hpp:2: ipc may not include run/loop.hpp: "
             "it may include base, public/error.hpp"])

    def test_a_room_may_see_one_file_of_another_and_no_more(self):
        [finding] = self.found(engine__plan__plan_dot_hpp='#include "plugin/library.hpp"\n')
        self.assertTrue(finding.startswith("engine/plan/plan.hpp:1: plan may not include"), finding)

    def test_base_may_not_use_the_public_headers_beside_error(self):
        [finding] = self.found(engine__base__fd_dot_hpp="#include <penstock/engine.hpp>\n")
        self.assertIn("base may not include penstock/engine.hpp", finding)

    def test_a_way_round_through_the_file_system_is_seen(self):
        [finding] = self.found(engine__ipc__ring_dot_hpp='#include "../plugin/descriptor.hpp"\n')
        self.assertIn("ipc may not include ../plugin/descriptor.hpp", finding)

    def test_a_plugin_sees_the_sdk_and_itself_alone(self):
        for included in ("base/fd.hpp", "penstock/error.hpp"):
            [finding] = self.found(plugins__text__text_dot_cpp=f'#include "{included}"\n')
            self.assertIn(f"plugins may not include {included}", finding)
        [finding] = self.found(plugins__files__lines_dot_cpp='#include "../text/grep.hpp"\n')
        self.assertIn("it belongs to another plugin", finding)

    def test_the_sdk_needs_the_standard_library_alone(self):
        for line in ("#include <boost/json.hpp>", '#include "penstock/error.hpp"'):
            [finding] = self.found(sdk__include__penstock__type_dot_hpp=line + "\n")
            self.assertIn("sdk may not include", finding)

    def test_a_library_of_others_is_seen_by_one_room_alone(self):
        for library in ("yaml-cpp/yaml.h", "boost/process/v2.hpp", "boost/dll/shared_library.hpp",
                        "sqlite3.h"):
            [finding] = self.found(engine__base__fd_dot_hpp=f"#include <{library}>\n")
            self.assertIn("is the only room that sees", finding)
        self.assertEqual(self.found(plugins__own__rows_dot_hpp="#include <sqlite3.h>\n"), [])

    def test_an_unknown_room_is_named(self):
        [finding] = self.found(engine__attic__box_dot_hpp="\n")
        self.assertIn("no room engine/attic", finding)

    def test_a_file_is_not_too_long_nor_a_line_too_wide(self):
        self.assertEqual(self.found(engine__base__fd_dot_hpp="\n" * 400), [])
        self.assertEqual(self.found(engine__base__fd_dot_hpp="\n" * 401),
                         ["engine/base/fd.hpp:401: 401 lines; at most 400, a file is one noun"])
        self.assertEqual(self.found(engine__base__fd_dot_hpp="//" + "ä" * 98), [])
        self.assertEqual(self.found(engine__base__fd_dot_hpp="//" + "ä" * 99),
                         ["engine/base/fd.hpp:1: 101 columns; at most 100"])

    def test_a_name_says_something(self):
        for name in ("engine__base__string_util_dot_hpp", "tests__helpers__x_dot_py"):
            [finding] = self.found(**{name: "\n"})
            self.assertIn("a name that says nothing", finding)


if __name__ == "__main__":
    unittest.main()
