from core import registry
from programme.starter_files import load_glossary, load_themes

registry.starters.register("themes", load_themes)
registry.starters.register("glossary", load_glossary)
