"""What a browser sends to the pages of this step."""
