"""Write the pages and drawings that are made from facts."""

from gradsock.boards.pages import pages

for path, text in pages().items():
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
