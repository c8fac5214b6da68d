import pytest
from django.contrib.auth.models import AnonymousUser

from tests.guards.cast import scene_of


@pytest.fixture
def cast(participant, outsider, tutor, staff) -> dict:
    """The people, by role, with a password. The participant owns what is personal in the scene, the outsider nothing."""
    people = {"participant": participant, "outsider": outsider, "tutor": tutor, "staff": staff}
    for person in people.values():
        person.set_password("a quiet river bends")
        person.save()
    return {"visitor": AnonymousUser()} | people


@pytest.fixture
def scene(participant) -> dict:
    """One of each thing, by name."""
    return scene_of(participant)
