"""A fictional, living bank for demonstrations: seeded, flagged, dated relative to today. Only load_demo uses it."""
