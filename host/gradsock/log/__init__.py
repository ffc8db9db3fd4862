"""What was recorded: one append-only file per session, the loss account, and reading it back as columns."""
