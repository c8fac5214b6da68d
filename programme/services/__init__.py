"""What changes in the programme: one room a subject."""
