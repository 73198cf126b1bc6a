"""What crosses apps: journeys, the house's own rules, faults, browser."""
