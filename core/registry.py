"""What upper floors offer to lower ones.

An app registers in its `offers.py`, found at start; a lower app reads the registry and never names an app.
"""

from collections.abc import Callable, Iterator


class Registry:
    """Named offers in the order in which they were registered.

    Raises ValueError when a name is taken: two apps must not silently replace each other.
    """

    def __init__(self):
        self._offers: dict[str, object] = {}

    def register(self, name: str, offer) -> None:
        """Keep an offer under a name. Raises ValueError when the name is taken."""
        if name in self._offers:
            raise ValueError(f"{name} is registered already")
        self._offers[name] = offer

    def __iter__(self) -> Iterator:
        return iter(self._offers.values())

    def __getitem__(self, name: str):
        return self._offers[name]

    def get(self, name: str):
        """Return the offer of a name, None when there is none."""
        return self._offers.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._offers

    def names(self) -> list[str]:
        """Return the names in the order in which they were registered."""
        return list(self._offers)

    def __call__(self, name: str) -> Callable:
        """Register as a decorator: `@starters("glossary")`."""

        def remember(offer):
            self.register(name, offer)
            return offer

        return remember


audiences = Registry()  # name -> f(user) -> iterable of audience keys
letter_kinds = Registry()  # code -> reminders.kinds.Kind
cards = Registry()  # name -> f(request) -> core.cards.Card or None: the signed-in person's home
desk = Registry()  # name -> f(user) -> core.cards.Waiting or None: the admin's first page
starters = Registry()  # name -> f() -> number of objects changed; loaded by `load_starter`
demos = Registry()  # name -> f(password) -> None; loaded by `load_demo`
jobs = Registry()  # code -> core.jobs.Kind: background work
exporters = Registry()  # name -> f(user) -> iterable of (table, iterable of dict rows): all that is kept about a person
erasers = Registry()  # name -> f(user) -> None: in one transaction, safe to repeat (see core/personal.py)
followers = Registry()  # name -> f(objects, removed=False): keeps a copy of content in step, in the writer's transaction
searchables = Registry()  # kind -> search.sources.Source: what stands in the index
sitemaps = Registry()  # section -> django.contrib.sitemaps.Sitemap class
routes = Registry()  # URL name -> lazy label: pages without arguments to which a menu may lead
translatables = Registry()  # kind -> core.translating.Translatable: texts in three languages, for the translation desk
inbound = Registry()  # kind of reply address -> reminders.inbound.Handler: what becomes of a mail that comes in
mailboxes = Registry()  # name -> f(user) -> iterable of (key, label): to whom a visitor may write besides the programme
mergers = Registry()  # name -> core.personal.Merger: what two accounts of one person hold becomes one
