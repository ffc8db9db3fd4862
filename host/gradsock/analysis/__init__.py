"""The sock's own questions, asked of whole recordings."""
