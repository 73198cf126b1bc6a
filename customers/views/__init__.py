"""Doors of the customers app."""
