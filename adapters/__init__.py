"""The edges: one module per channel. Importing this package does nothing."""
