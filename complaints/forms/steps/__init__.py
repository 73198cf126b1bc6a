"""What a browser sends with each step; one form a verb. Fields in ``cards`` are drawn as radio cards."""
