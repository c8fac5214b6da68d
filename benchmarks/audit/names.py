"""What runs with Django set up on the audited portal (`python -m benchmarks.inside audit.names:of_paths …`)."""


def of_paths(paths: list[str]) -> list[str]:
    """Return the URL name of each path; a path begins with its language."""
    from django.urls import resolve
    from django.utils.translation import override

    found = []
    for path in paths:
        with override(path[1:3]):
            found.append(resolve(path).view_name)
    return found
