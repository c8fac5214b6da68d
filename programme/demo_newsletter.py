"""Demonstration newsletter: one issue that says what it is, and two demo people who get the next one."""

from accounts.models import User
from core.starter import in_languages, put
from programme.enums import State, SubscriptionState
from programme.models import Newsletter, Subscription
from programme.services.newsletter import ask_for_newsletter, confirm
from programme.services.publishing import publish

TITLE = {
    "en": "Demo issue: what a newsletter looks like",
    "fr": "Numéro de démonstration : à quoi ressemble une lettre d’information",
    "es": "Número de demostración: cómo es un boletín",
}
BODY = {
    "en": "This issue is a demonstration. Nobody has received it.\n\n## In the library\n\n"
    "- Guidance that puts decent work into financing frameworks: [open the record](/library/decent-work-in-inffs/)\n"
    "- All records: [to the library](/library/)\n\n## Learn\n\nThe [technical refresher](/courses/technical-refresher/) "
    "is open to everyone.",
    "fr": "Ce numéro est une démonstration. Personne ne l’a reçu.\n\n## Dans la bibliothèque\n\n"
    "- Des orientations pour intégrer le travail décent dans les cadres de financement : "
    "[ouvrir la notice](/library/decent-work-in-inffs/)\n"
    "- Toutes les notices : [vers la bibliothèque](/library/)\n\n## Apprendre\n\n"
    "La [remise à niveau technique](/courses/technical-refresher/) est ouverte à toutes et à tous.",
    "es": "Este número es una demostración. Nadie lo ha recibido.\n\n## En la biblioteca\n\n"
    "- Orientaciones para incorporar el trabajo decente en los marcos de financiación: "
    "[abrir el registro](/library/decent-work-in-inffs/)\n"
    "- Todos los registros: [ir a la biblioteca](/library/)\n\n## Aprender\n\n"
    "La [actualización técnica](/courses/technical-refresher/) está abierta a todas las personas.",
}
READERS = ("participant@demo.example", "participant-fr@demo.example")


def demo_newsletter(password: str) -> None:
    """Make the issue, published and not sent, and the subscriptions that are missing. Safe to repeat."""
    texts = in_languages("title", TITLE) | in_languages("body", BODY)
    if not Newsletter.objects.filter(slug="demo").exists():
        issue, _made = put(Newsletter, {"slug": "demo"}, texts | {"state": State.DRAFT})
        publish(obj=issue, actor=None, reason="demonstration")
    for user in User.objects.filter(email__in=READERS).exclude(email__in=Subscription.objects.values("email")):
        ask_for_newsletter(email=user.email, language=user.language, user=user)
    for row in Subscription.objects.filter(email__in=READERS, state=SubscriptionState.ASKED):
        confirm(subscription=row, language=row.language)
