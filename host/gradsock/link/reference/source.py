"""What the firmware's sources say of themselves: constants with their remarks, docstrings, the keys of Info."""

import ast
import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

from gradsock.flash.firmware import FIRMWARE


@dataclass(frozen=True)
class Constant:
    """A whole number with a name, and the remark that stands beside or below it."""

    name: str
    value: int
    remark: str


def docstring(module: str) -> str:
    """Of a module, such as ``sock/header``."""
    return ast.get_docstring(_tree(module)) or ""


def constants(module: str) -> dict[str, Constant]:
    """The public constants of a module, in their order: ``NAME = const(1)  # remark``, or a remark as a docstring."""
    tree, beside = _tree(module), _comments(module)
    found: dict[str, Constant] = {}
    known: dict[str, int] = {}
    for at, node in enumerate(tree.body):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name = node.targets[0].id
        value = _number(node.value, known)
        if value is None:
            continue
        known[name] = value
        if name.startswith("_"):
            continue
        after = tree.body[at + 1] if at + 1 < len(tree.body) else None
        below = ast.literal_eval(after.value) if _is_text(after) else ""  # type: ignore[union-attr]
        remark = beside.get(node.end_lineno or node.lineno, "") or " ".join(str(below).split())
        found[name] = Constant(name, value, remark)
    return found


def between(module: str, first: str, last: str) -> list[Constant]:
    """The constants of a module from one to another, both included."""
    names = list(all_of := constants(module))
    return [all_of[name] for name in names[names.index(first) : names.index(last) + 1]]


def keys_of_info() -> set[str]:
    """Every key that the firmware puts into Info."""
    keys: set[str] = set()
    for module in ("device/configuration", "device/assembly", "device/bulletin"):
        for node in ast.walk(_tree(module)):
            if isinstance(node, ast.FunctionDef) and node.name == "info":
                keys |= {key for each in ast.walk(node) if isinstance(each, ast.Dict) for key in _literals(each)}
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                place = node.targets[0]
                if isinstance(place.value, ast.Name) and place.value.id == "info":
                    keys.add(str(ast.literal_eval(place.slice)))
    return keys


def _literals(made: ast.Dict) -> set[str]:
    """Keys of a dict that are written out."""
    return {str(key.value) for key in made.keys if isinstance(key, ast.Constant)}


def characteristics() -> list[tuple[str, str]]:
    """(name in ``sock.protocol`` without _UUID, properties) of each of ours, in the order of the service."""
    found = []
    for node in ast.walk(_tree("device/services")):
        if not (isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[0], ast.Call)):
            continue
        argument = node.elts[0].args[0] if node.elts[0].args else None
        if isinstance(argument, ast.Attribute) and not isinstance(node.elts[1], ast.Tuple):
            flags = [part.strip(" _").lower() for part in ast.unparse(node.elts[1]).split("|")]
            found.append((argument.attr.removesuffix("_UUID"), ", ".join(flags)))
    return found


def code(module: str, *names: str) -> str:
    """The source of some classes and functions of a module, as it stands there."""
    text = _text(module)
    parts = [ast.get_source_segment(text, node) for node in _tree(module).body if getattr(node, "name", "") in names]
    return "\n\n\n".join(part for part in parts if part)


def _path(module: str) -> Path:
    return FIRMWARE / f"{module}.py"


def _text(module: str) -> str:
    return _path(module).read_text(encoding="utf-8")


def _tree(module: str) -> ast.Module:
    return ast.parse(_text(module))


def _comments(module: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(_text(module)).readline)
    return {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}


def _number(node: ast.expr, known: dict[str, int]) -> int | None:
    """What an expression of numbers and known names comes to; None for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "const":
        node = node.args[0]
    try:
        value = eval(compile(ast.Expression(node), "constant", "eval"), {"__builtins__": {}}, known)
    except (NameError, TypeError):
        return None
    return value if isinstance(value, int) else None


def _is_text(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
