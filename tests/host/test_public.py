"""What `import gradsock` offers, and that it costs nothing until it is used."""

import subprocess
import sys
from pathlib import Path

import gradsock
import pytest
from gradsock import errors


def test_the_public_surface_is_this_and_no_more():
    assert gradsock.__all__ == sorted(gradsock.__all__)
    assert gradsock.__all__ == [
        *("GradsockError", "Reading", "Recording", "check", "logs_folder", "open", "open_link", "readings", "record"),
    ]
    for name in gradsock.__all__:
        assert getattr(gradsock, name) is not None
    assert dir(gradsock) == gradsock.__all__
    with pytest.raises(AttributeError, match="no attribute 'nix'"):
        gradsock.nix  # noqa: B018


def test_it_says_that_it_is_typed():
    assert (Path(gradsock.__file__).parent / "py.typed").exists()


def test_importing_it_loads_nothing_heavy():
    code = "import sys, gradsock.cli; print(*({'numpy', 'bleak', 'bumble', 'rich', 'asyncio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_tree_of_errors_is_drawn_as_it_is():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    drawing = errors.__doc__.splitlines()
    for kind in kinds:
        line = next(number for number, text in enumerate(drawing) if kind.__name__ in text.split())
        if kind is errors.GradsockError:
            continue
        depth = drawing[line].index(kind.__name__)
        above = next(text for text in reversed(drawing[:line]) if text.strip(" │├└─") and _depth(text) < depth)
        assert kind.__bases__[0].__name__ in above.split()


def _depth(text):
    return len(text) - len(text.lstrip(" │├└─"))
