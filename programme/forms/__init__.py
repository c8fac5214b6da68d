"""Forms of the programme's pages: one room a subject."""
