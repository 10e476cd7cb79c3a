"""A mail in text and HTML, from two of the project's templates."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.backends.django import Template
from django.template.loader import get_template

_SITES = "django.contrib.sites"


def generate_email(  # noqa: PLR0917 - as pigeonpost's is called
    to_user: Any,  # noqa: ANN401 - Django has no types
    subject: str,
    context: Mapping[str, Any],
    text_template: str,
    html_template: str,
    from_email: str | None = None,
) -> EmailMultiAlternatives:
    """Return a mail to a user; both templates get the context, and the ``site`` where the project has one.

    In the text nothing is escaped as if it were HTML.
    """
    given = dict(context)
    if apps.is_installed(_SITES):
        given["site"] = apps.get_model("sites", "Site").objects.get_current()
    mail = EmailMultiAlternatives(subject, _text(text_template, given), from_email, [to_user.email])
    mail.attach_alternative(get_template(html_template).render(given), "text/html")
    return mail


def _text(name: str, context: dict[str, Any]) -> str:
    template = get_template(name)
    if isinstance(template, Template):
        return str(template.template.render(Context(context, autoescape=False)))
    return str(template.render(context))
