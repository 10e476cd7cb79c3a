"""The app module of the promises' systems: copied into their folder, named by COLUMBA_APP."""

from columba_consumers import EmailMessage, audience, renderer


@renderer("promise.veto", target="email")
def veto(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - written as apps write it
    if recipient.address.startswith("no"):
        return None
    return EmailMessage(subject="yes", text=f"{event.context['word']}\n")


@audience("everybody")
def everybody(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - written as apps write it
    for number in range(event.context["many"]):
        yield f"{event.context['name']}{number}@example.org"
