"""The protocol's reference, made from the code that speaks it: ``python -m gradsock.link.reference``."""
