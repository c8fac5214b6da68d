"""The line of the main menu that leads to the clinics, beside the programme's own."""

from core.starter import in_languages, put_starter
from programme.enums import Menu
from programme.models import MenuItem

ROUTE = "clinics:edition_list"
LABEL = {"en": "Clinics", "fr": "Cliniques", "es": "Clínicas"}
AFTER = 1  # position of "Learn": of two lines at one position the older stands first


def load_menu_line() -> int:
    """Put the line into the main menu, once: staff's own edits stay, and what they deleted stays deleted. Queries: 2 or 5."""
    _item, changed = put_starter(
        MenuItem, {"menu": Menu.MAIN, "route": ROUTE}, {"position": AFTER} | in_languages("label", LABEL)
    )
    return int(changed)
