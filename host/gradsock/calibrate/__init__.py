"""Calibrating a sock: a guided procedure, a fit, an artefact that goes to a file, to the sock and into every log."""
