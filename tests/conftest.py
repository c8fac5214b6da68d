"""The fixed cast and what every test may use."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import caches
from django.db import connection, connections
from django.test import Client
from django.utils import timezone, translation

from core.starter import Folder
from courses.exchange.loading import load_module
from courses.exchange.starter import FOLDER
from courses.models import Module
from programme.loaders.vocabularies import load_glossary, load_themes
from tests.factories import UserFactory


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory):
    """Put SQLite's test database into a file: threads cannot wait for each other in a shared memory database."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def empty_cache():
    """Let no test see what another one cached, nor the language and zone in which its last request ended."""
    forget()
    yield
    forget()


def forget():
    for cache in caches.all(initialized_only=True):
        cache.clear()
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture
def participant(db):
    return UserFactory(email="participant@demo.example", name="Demo Participant", zone="Africa/Blantyre", country="MW")


@pytest.fixture
def participant_fr(db):
    return UserFactory(
        email="participant-fr@demo.example", name="Participante Démo", language="fr", zone="Africa/Kigali", country="RW"
    )


@pytest.fixture
def participant_es(db):
    return UserFactory(
        email="participant-es@demo.example",
        name="Participante de Demostración",
        language="es",
        zone="Africa/Malabo",
        country="GQ",
    )


@pytest.fixture
def tutor(db):
    """A tutor is no staff: roles come with a clinic."""
    return UserFactory(email="tutor@demo.example", name="Demo Tutor", zone="Europe/Rome", country="IT")


@pytest.fixture
def staff(db):
    return UserFactory(email="staff@demo.example", name="Demo Staff", zone="Europe/Rome", is_staff=True, is_superuser=True)


@pytest.fixture
def outsider(db):
    """A member who takes part in nothing."""
    return UserFactory(email="outsider@demo.example", name="Demo Outsider")


@pytest.fixture
def visitor():
    """A browser without an account."""
    return Client()


@pytest.fixture
def client_of():
    """Return f(user) -> a browser in which this person is signed in."""

    def signed_in(user) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def vocabularies(db):
    """The themes and the glossary."""
    load_themes()
    load_glossary()


@pytest.fixture
def refresher(vocabularies):
    """The real refresher, loaded from its files."""
    load_module(Folder(FOLDER / "technical-refresher"))
    return Module.objects.get(slug="technical-refresher")


@pytest.fixture
def at_once():
    """Return f(*acts) -> results: run acts in threads that start together, each with its own connection.

    Needs `@pytest.mark.django_db(transaction=True)`. An exception of an act is its result.
    """

    def run(*acts) -> list:
        gate = threading.Barrier(len(acts))

        def one(act):
            try:
                gate.wait(timeout=10)
                return act()
            except Exception as error:
                return error
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(one, acts))

    return run
