"""What the owner of a sock does with it: settings, what is wrong with it, the leg it is for, the first evening.

``python -m gradsock.owner`` writes host/docs/settings.md anew.
"""
