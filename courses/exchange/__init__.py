"""A module as files (docs/content.md): the starter content, and what staff export and import."""
