"""Questions and answers, and whether an answer helped."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.richtext import RenderedField
from programme.models.base import CodedTerm, Published


class FaqTopic(CodedTerm):
    """What several questions are about."""

    class Meta(CodedTerm.Meta):
        verbose_name = _("topic of questions")
        verbose_name_plural = _("topics of questions")


class FaqEntry(Published):
    """One question and its answer; the slug is in its address and never changes."""

    required_texts = ("question", "answer")

    topic = models.ForeignKey(FaqTopic, verbose_name=_("topic"), on_delete=models.PROTECT, related_name="entries")
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    question = models.CharField(_("question"), max_length=200)
    answer = models.TextField(_("answer"), max_length=6000)
    answer_html = RenderedField(source="answer")
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta(Published.Meta):
        verbose_name = _("question and answer")
        verbose_name_plural = _("questions and answers")
        ordering = ["topic", "position", "pk"]

    def __str__(self):
        return self.question or self.slug

    def get_absolute_url(self):
        return reverse("programme:faq_entry", args=[self.slug])


class FaqVote(models.Model):
    """Whether an answer helped somebody, and what was missing. It names nobody."""

    entry = models.ForeignKey(FaqEntry, verbose_name=_("question"), on_delete=models.CASCADE, related_name="votes")
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    helpful = models.BooleanField(_("helpful"))
    remark = models.CharField(_("what was missing"), max_length=1000, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("“was this helpful?”")
        verbose_name_plural = _("“was this helpful?”")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["entry", "helpful"], name="votes_of_an_answer")]

    def __str__(self):
        return f"{self.entry_id}: {self.helpful}"
