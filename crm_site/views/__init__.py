"""Doors of the building that belong to no step above it."""
