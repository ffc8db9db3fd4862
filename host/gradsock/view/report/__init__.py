"""A session, a day or a range on paper: one HTML file that needs nothing else."""
