"""What is measured, against whom: each module prints a table (`python -m benchmarks.<name>`)."""
