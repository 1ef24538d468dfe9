"""What is measured, each with one command. Nothing here is a test: numbers are printed, not asserted."""
