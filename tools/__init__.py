"""Programs that make what the repository ships or tests with; not part of the installed package."""
