"""What every page knows. Cheap: no query here."""

from django.conf import settings
from django.utils.translation import get_language


def page(request):
    """Return the site's address, the language, and the same page in the other languages (as paths)."""
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    path, query = request.path, request.META.get("QUERY_STRING", "")
    prefixed = path.startswith(f"/{language}/")
    rest = path[4:] if prefixed else ""
    tail = f"?{query}" if query and prefixed else ""
    return {
        "site_url": settings.SITE_URL,
        "language": language,
        "languages": [
            {"code": code, "name": name, "url": f"/{code}/{rest}{tail}", "here": code == language}
            for code, name in settings.LANGUAGES
        ],
        "demo": settings.DEMO,
    }
