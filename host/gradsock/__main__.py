"""``python -m gradsock``: the command without its script."""

from gradsock.cli import main

main()
