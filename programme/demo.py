"""Demonstration mail: three conversations in three languages and states, of people who are obviously demo."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from programme.models import Enquiry
from programme.services import answering
from programme.services.mailbox import answer_due, take_in

DEMO = [
    # name, address, language, days ago, subject, text, answer
    (
        "Demo Visitor", "visitor@demo.example", "en", 9, "Demo: can our federation take part?",
        "Good morning,\n\nwe are a demo employers’ federation. Can two of us take part in a clinic, and in which language?", "",
    ),
    (
        "Visiteuse Démo", "visiteuse@demo.example", "fr", 3, "Démo : une attestation pour le module ?",
        "Bonjour,\n\nj’ai terminé la remise à niveau de démonstration. Où trouver mon attestation ?",
        "Bonjour,\n\nelle se trouve sur la page du module, une fois les unités terminées. Dites-nous si elle manque.",
    ),
    (
        "Visitante de Demostración", "visitante@demo.example", "es", 20, "Demostración: ¿cuánto cuesta?",
        "Buenos días:\n\n¿cuánto cuesta participar en una clínica de demostración?",
        "Buenos días:\n\nla página de cada clínica dice si hay costos y quién los cubre.",
    ),
]  # fmt: skip
CLOSED = "es"


def demo_mail(password: str) -> None:
    """Make the conversations that are missing: one overdue, one answered, one closed. Safe to repeat."""
    staff = User.objects.filter(email="staff@demo.example").first()
    for name, email, language, days, subject, text, answer in DEMO:
        if Enquiry.objects.filter(email=email, subject=subject).exists():
            continue
        made = take_in(name=name, email=email, subject=subject, text=text, language=language)
        came = timezone.now() - timedelta(days=days)
        made.messages.update(at=came)
        Enquiry.objects.filter(pk=made.pk).update(created_at=came, due_at=answer_due(came))
        if answer and staff:
            seen = answering.last_message(made)
            answering.reply(enquiry=made, actor=staff, text=answer, seen=seen, close=language == CLOSED)
