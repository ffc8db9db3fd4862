"""Giving back the memory of code that is done: code lies in the heap as well."""

import sys


def unload(name: str) -> None:
    """Have a module's memory given back, as far as nothing alive was made in it."""
    if name in sys.modules:
        package, _, own = name.partition(".")
        if own:
            delattr(sys.modules[package], own)
        del sys.modules[name]


def unload_since(known: "set[str]") -> None:
    """The same for all modules of ours that were loaded since `known` was the set of sys.modules; parts first."""
    for name in sorted(set(sys.modules) - known, reverse=True):
        if name.startswith(("sock.", "device.")):
            unload(name)
