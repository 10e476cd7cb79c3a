"""Reads pickled mails of django-mailer for `columba import --trust-pickles`, which runs this as a program.

Each line that it is given is a JSON object: ``data``, as django-mailer keeps a mail, and ``date``, seconds since 1970
or null. Each is answered by one line: what there is of the finished mail, or the ``problem``. Loading a pickle runs
what is in it: whoever asks for it has been told so.
"""

import base64
import binascii
import json
import os
import pickle
import sys
from collections.abc import Callable, Mapping
from email import message_from_bytes
from email.message import Message
from email.utils import formatdate
from typing import Any, Final

import django
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives

from columba_producer.django.finishing import finished

_KIND: Final = "django.mail"
_DATE: Final = "Date"
_ONE_LINE: Final = 300


def answer(line: bytes) -> Mapping[str, Any]:
    """Return the answer to one line."""
    asked = json.loads(line)
    try:
        mail = _loaded(asked["data"])
        if asked["date"] is not None and not any(name.lower() == "date" for name in mail.extra_headers):
            mail.extra_headers[_DATE] = formatdate(asked["date"])
        return _told(mail)
    # Whatever a project's classes raise while they are loaded or finished: the row is told of, and the next one read.
    except Exception as error:  # noqa: BLE001 - as above
        return {"problem": " ".join(f"{type(error).__name__}: {error}".split())[:_ONE_LINE]}


def _told(mail: Any) -> Mapping[str, Any]:  # noqa: ANN401 - Django has no types
    subject = str(mail.subject)
    if not mail.recipients():
        nothing = {"content": "", "sender": None, "recipients": (), "message_id": ""}
        return {"subject": subject, **nothing}
    request = finished(mail, kind=_KIND)
    if request.mail is None:
        raise ValueError("it is no finished mail")
    mime: Message = message_from_bytes(request.mail.content)
    return {
        "content": base64.b64encode(request.mail.content).decode(),
        "sender": request.mail.sender,
        "subject": subject,
        "recipients": [each if isinstance(each, str) else each.address for each in _listed(request.to)],
        "message_id": str(mime.get("Message-ID", "")),
    }


def _listed(given: Any) -> list[Any]:  # noqa: ANN401 - whatever a request may name
    return [given] if isinstance(given, str) else list(given)


def _loaded(data: str) -> Any:  # noqa: ANN401 - Django has no types
    """Return the mail in what django-mailer keeps: base64 of a pickle or, by its first releases, a pickle as it is."""
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        content = data.encode("latin-1")
    mail = pickle.loads(content, encoding="utf-8")  # noqa: S301 - whoever runs this was asked, and trusts it
    if not isinstance(mail, EmailMessage):
        raise TypeError(f"it is no mail, but {type(mail).__name__}")
    return _as_of_this_django(mail)


def _as_of_this_django(mail: Any) -> Any:  # noqa: ANN401 - Django has no types
    """Return it with its parts as this Django has them: from 5.2 on they have names, and were plain tuples before."""
    from django.core.mail.message import EmailAlternative, EmailAttachment  # noqa: PLC0415 - beside what it mends

    whole = EmailMultiAlternatives() if isinstance(mail, EmailMultiAlternatives) else EmailMessage()
    for name, value in vars(whole).items():
        vars(mail).setdefault(name, value)  # what mails did not have yet when it was pickled
    vars(mail).pop("connection", None)
    mail.attachments = [_named(each, EmailAttachment) for each in mail.attachments]
    if hasattr(mail, "alternatives"):
        mail.alternatives = [_named(each, EmailAlternative) for each in mail.alternatives]
    return mail


def _named(part: object, kind: Callable[..., Any]) -> Any:  # noqa: ANN401 - Django has no types
    return kind(*part) if type(part) is tuple else part


def main() -> None:
    """Answer until there is no more to read. What the project's code prints goes to standard error."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        if "DJANGO_SETTINGS_MODULE" not in os.environ:
            settings.configure()
        django.setup()
        print("ready", file=answers, flush=True)
        for line in sys.stdin.buffer:
            print(json.dumps(answer(line)), file=answers, flush=True)


if __name__ == "__main__":
    main()
