"""What stands below a prefix after an installation, and that it needs nothing of the build.

CTest says where things are: PENSTOCK_PREFIX, PENSTOCK_BUILD, and CXX.
"""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from install import ELSEWHERE, install

PREFIX = Path(os.environ["PENSTOCK_PREFIX"])
BUILD = Path(os.environ["PENSTOCK_BUILD"])
SOURCE = Path(__file__).resolve().parents[2]
COMPILER = os.environ.get("CXX", "g++")
PENSTOCK = PREFIX / "bin/penstock"
PLUGIN = """\
#include <penstock/plugin.hpp>
PENSTOCK_PLUGIN("math", "1.0.0", "arithmetic for everyone") {
  plugin.transform("square", "the square of a number", [](std::int64_t x) { return x * x; });
}
"""


def output(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True,
                          text=True, timeout=120, **options).stdout


def symbols(*words):
    listed = output("nm", "--demangle", *words).splitlines()
    return {match[1] for line in listed if (match := re.match(r"[0-9a-f ]{17}\w (.*)", line))}


def library_folder(prefix):
    """lib, lib64 or lib/ARCHITECTURE, as the system has it."""
    return next(prefix.rglob("cmake/penstock")).parents[1]


class Layout(unittest.TestCase):
    def test_programs_and_plugins_are_where_they_belong(self):
        self.assertTrue(os.access(PENSTOCK, os.X_OK))
        helpers = {path.name for path in (PREFIX / "libexec/penstock").iterdir()}
        self.assertEqual(helpers, {"penstock-worker", "penstock-keeper", "penstock-objects",
                                   "penstock-probe"})
        plugins = {path.name for path in (library_folder(PREFIX) / "penstock/plugins").iterdir()}
        self.assertLessEqual({"libfiles.so", "libtext.so"}, plugins)
        self.assertLessEqual(plugins, {path.name for path in (BUILD / "bin/plugins").iterdir()})

    def test_every_public_header_is_there(self):
        for folder in ("sdk/include/penstock", "engine/include/penstock"):
            for header in (SOURCE / folder).iterdir():
                self.assertTrue((PREFIX / "include/penstock" / header.name).exists(), header)

    def test_the_examples_are_there_with_their_data(self):
        for path in (SOURCE / "configs").rglob("*"):
            if path.is_file():
                installed = PREFIX / "share/penstock" / path.relative_to(SOURCE)
                self.assertEqual(installed.read_bytes(), path.read_bytes())

    def test_the_pages_of_the_readme_are_there(self):
        readme = next((PREFIX / "share/doc").glob("*/README.md"))
        for link in re.findall(r"\]\(([\w./-]+\.md)\)", readme.read_text(encoding="utf-8")):
            self.assertTrue((readme.parent / link).exists(), link)

    def test_nothing_points_into_the_build(self):
        for path in PREFIX.rglob("*"):
            if path.is_symlink() or not path.is_file():
                continue
            if path.read_bytes()[:4] == b"\x7fELF":
                dynamic = output("readelf", "--dynamic", path)
                self.assertNotRegex(dynamic, "RPATH|RUNPATH", path)
            else:
                content = path.read_bytes()
                for folder in (str(BUILD), str(SOURCE), ELSEWHERE):
                    self.assertNotIn(folder.encode(), content, path)

    def test_the_library_exports_the_public_functions_alone(self):
        exported = symbols("--dynamic", "--defined-only", library_folder(PREFIX) / "libpenstock.so")
        for name in exported - {"penstock_sync_functions"}:  # of <penstock/sync.h>, which is C
            self.assertRegex(name, r"^(typeinfo (name )?for )?penstock::")
        # The command sees the public headers and nothing else of what the library is made of.
        made = symbols("--defined-only", BUILD / "engine/api/libpenstock_api.a")
        used = symbols("--undefined-only", BUILD / "engine/cli/libpenstock_cli.a")
        public = {name for name in used & made if name.startswith("penstock::")}
        self.assertTrue(any(name.startswith("penstock::Pipeline::load") for name in public))
        self.assertEqual(public - exported, set(), "missing in engine/api/exports.map")


class Use(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        (self.folder / "math.cpp").write_text(PLUGIN)

    def compile(self, prefix):
        output(COMPILER, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I",
               prefix / "include", "-o", "libmath.so", "math.cpp", cwd=self.folder)

    def squares(self):
        return output(PENSTOCK, "map", "math.square", "--plugin-path", self.folder, input="3\n4\n")

    def test_a_plugin_of_one_command(self):
        self.compile(PREFIX)
        self.assertEqual(self.squares(), "9\n16\n")

    def test_the_sdk_component_is_enough_to_build_plugins(self):
        prefix = self.folder / "sdk only"
        install(BUILD, prefix, "sdk")
        self.compile(prefix)
        (self.folder / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.22)\nproject(math LANGUAGES CXX)\n"
            "find_package(penstock 0.1 REQUIRED)\npenstock_add_plugin(math SOURCES math.cpp)\n")
        (self.folder / "libmath.so").unlink()
        output("cmake", "-S", self.folder, "-B", self.folder, f"-DCMAKE_PREFIX_PATH={prefix}",
               f"-DCMAKE_CXX_COMPILER={COMPILER}")
        output("cmake", "--build", self.folder)
        self.assertEqual(self.squares(), "9\n16\n")
        exported = output("nm", "--dynamic", "--defined-only", self.folder / "libmath.so")
        self.assertEqual(re.findall(r" \w (\S+)", exported), ["penstock_plugin"])

    def test_the_runtime_component_is_enough_to_run_pipelines(self):
        prefix = self.folder / "runtime only"
        install(BUILD, prefix, "runtime")
        self.assertFalse((prefix / "include").exists())
        upper = output(prefix / "bin/penstock", "map", "text.upper", input="a\n")
        self.assertEqual(upper, "A\n")

    def test_the_programs_are_found_through_a_link(self):
        link = self.folder / "elsewhere"
        link.symlink_to(PENSTOCK)
        self.assertEqual(output(link, "map", "text.upper", input="a\n"), "A\n")

    def test_only_what_was_installed_is_listed(self):
        listed = output(PENSTOCK, "plugins", cwd=self.folder)
        self.assertIn(str(library_folder(PREFIX) / "penstock/plugins/libtext.so"), listed)
        self.assertNotIn(str(BUILD / "bin"), listed)


if __name__ == "__main__":
    unittest.main()
