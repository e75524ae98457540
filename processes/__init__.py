"""The national processes, as data: one folder each. Nothing here is imported."""
