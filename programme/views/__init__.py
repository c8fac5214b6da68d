"""The programme's pages: one room a subject."""
