"""What a person sees of a sock: on a terminal, or as lines where there is none."""
