"""The boards that can be bought: what is true of each (`facts`), what its board.py names (`parts`), how long it runs
and records (`budget`), and the pages and drawings for those who build a sock (`pages`, `drawing`).

``python -m gradsock.boards`` writes the pages and drawings in host/docs anew.
"""

from gradsock.boards.budget import Budget, budget_of
from gradsock.boards.facts import BOARDS, Facts, facts_of, names
from gradsock.boards.parts import Parts, parts_of

__all__ = ["BOARDS", "Budget", "Facts", "Parts", "budget_of", "facts_of", "names", "parts_of"]
