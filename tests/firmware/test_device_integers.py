"""The way of a sample is integers: on a board a float is a heap object of seven digits, and nobody would notice."""

import ast
from pathlib import Path

import pytest

DEVICE = Path(__file__).parents[2] / "firmware/device"
WAY = ("adc", "bus", "indicator", "journal", "queue", "readings", "reference", "stream", "ticks", "wearer")


@pytest.mark.parametrize("name", WAY)
def test_no_float_stands_in_the_way_of_a_sample(name: str) -> None:
    for node in ast.walk(ast.parse((DEVICE / f"{name}.py").read_text())):
        assert not isinstance(node, ast.Div), f"line {node.lineno}: / makes a float"
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), f"line {node.lineno}: a float"
        assert not (isinstance(node, ast.Name) and node.id == "float"), f"line {node.lineno}: a float"
