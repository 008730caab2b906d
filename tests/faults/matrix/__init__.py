"""The fault matrix: its rows, what each round of them is held against, and the table."""
