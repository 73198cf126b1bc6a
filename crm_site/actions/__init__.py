"""The building's verbs: a check, a change and its audit row in one transaction."""
