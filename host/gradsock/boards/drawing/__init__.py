"""The drawings of the maker's guide, as SVG that reads well on light and on dark pages."""

from gradsock.boards.drawing.leg import leg
from gradsock.boards.drawing.wiring import wiring

__all__ = ["leg", "wiring"]
