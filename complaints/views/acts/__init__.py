"""From a valid form to its verb: one file a noun, each with the steps it adds to the table of views/steps."""
