#!/usr/bin/env python3
"""refusals_test.py COMPILER INCLUDE: what the SDK refuses at compile time, it refuses in words."""
import subprocess
import sys

# What is written, and what the first error says.
REFUSALS = {
    "struct P { int x; };\n"
    "TASKS { plugin.transform(\"t\", \"\", [](const P& p) { return p.x; }); }":
        "Name the fields of a struct behind it",
    "enum class E { a };\nstruct P { E e; };\nPENSTOCK_FIELDS(P, e)\n"
    "TASKS { plugin.sink(\"t\", \"\", [](const P&) {}); }":
        "name the values of this enum with PENSTOCK_ENUM",
    "TASKS { plugin.sink(\"t\", \"\", [](const std::map<int, int>&) {}); }":
        "the keys of a map are std::string",
    "struct P { int x; };\nPENSTOCK_FIELDS(P, x)\n"
    "TASKS { plugin.transform(\"t\", \"\", [](P& p) { return p.x; }); }":
        "an item's struct is read-only",
    "TASKS { plugin.transform(\"t\", \"\", [](auto x) { return x; }); }":
        "a type instead of auto",
    "TASKS { plugin.sink(\"t\", \"\", [](int x) { return x; }); }":
        "a sink emits nothing",
    "struct P { void run(int) {} void run(double) {} };\nTASKS { plugin.sink<P>(\"t\", \"\"); }":
        "member 'run' is private, overloaded or a template",
    "class P { void open() {} public: void run(int) {} };\nTASKS { plugin.sink<P>(\"t\", \"\"); }":
        "member 'open' is private, overloaded or a template",
    "struct P { void run(int) {} int snapshot() { return 1; } };\n"
    "TASKS { plugin.stateful<P>(\"t\", \"\"); }":
        "snapshot and restore come together",
    "struct P { void run(int) {} Snapshot commit(Epoch) { return {}; } };\n"
    "TASKS { plugin.sink<P>(\"t\", \"\"); }":
        "a sink with commit has Epoch open(Epoch last, Snapshot at)",
    "struct P {\n"
    "  void* p;\n"
    "  void params(Params& q) { q.optional(\"p\", p, \"\"); }\n"
    "  void run(int) {}\n"
    "};\n"
    "TASKS { plugin.sink<P>(\"t\", \"\"); }":
        "a parameter is a bool, a number",
    "struct P { bool produce(double, Emit<int>&) { return false; } };\n"
    "TASKS { plugin.source<P>(\"t\", \"\"); }":
        "has a parameter that it is never given",
    "struct P { void run(int) {} void left(int) {} };\n"
    "TASKS { plugin.sink<P>(\"t\", \"\").input<&P::left>(\"left\", \"\"); }":
        "a task has either a function run or named inputs, not both",
    "struct P { bool produce(std::size_t, Emit<int>&) { return false; } void left(int) {} };\n"
    "TASKS { plugin.source<P>(\"t\", \"\").input<&P::left>(\"left\", \"\"); }":
        "a source has no input",
    "struct P { void left(int) {} };\n"
    "TASKS { plugin.sink(\"t\", \"\", [](int) {}).input<&P::left>(\"left\", \"\"); }":
        "only a struct has named inputs",
    "struct P { void left(int) {} };\nstruct Q { void left(int) {} };\n"
    "TASKS { plugin.sink<P>(\"t\", \"\").input<&Q::left>(\"left\", \"\"); }":
        "an input is a member function of the task",
    "struct P { int left; };\n"
    "TASKS { plugin.sink<P>(\"t\", \"\").input<&P::left>(\"left\", \"\"); }":
        "an input is a member function of the task",
    "struct P { void left(std::span<const int>) {} };\n"
    "TASKS { plugin.sink<P>(\"t\", \"\").input<&P::left>(\"left\", \"\"); }":
        "a named input takes one item at a time",
    "struct P { int left(int x) { return x; } };\n"
    "TASKS { plugin.sink<P>(\"t\", \"\").input<&P::left>(\"left\", \"\"); }":
        "a sink emits nothing",
    "struct P { int left(int x) { return x; } void finish(Emit<double>&) {} };\n"
    "TASKS { plugin.stateful<P>(\"t\", \"\").input<&P::left>(\"left\", \"\"); }":
        "the inputs and finish of a task emit values of one type",
}


def errors_of(compiler: str, include: str, source: str) -> str:
    program = ("#include <penstock/plugin.hpp>\nusing namespace penstock;\n"
               + source.replace("TASKS", 'PENSTOCK_PLUGIN("refused", "1", "")') + "\n")
    result = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", "-I", include, "-xc++", "-"],
                            input=program, capture_output=True, text=True, check=False)
    assert result.returncode != 0, f"this compiles:\n{source}"
    return "\n".join(line for line in result.stderr.splitlines() if "error" in line)


def main() -> int:
    compiler, include = sys.argv[1:]
    failed = 0
    for source, words in REFUSALS.items():
        errors = errors_of(compiler, include, source)
        if words not in errors:
            failed += 1
            print(f"{source}\nis not refused with: {words}\nbut with:\n{errors}\n")
    return 1 if failed else 0


sys.exit(main())
