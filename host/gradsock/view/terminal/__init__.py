"""Socks live in a terminal: `app` is the screen, `panel` a sock on it, `minute` and `chart` its traces, `leg` sites."""
