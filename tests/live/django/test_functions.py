"""Django's functions that send mail, with a priority: they queue whatever the project's backend is."""

from collections.abc import Callable
from typing import Any

import pytest
from columba_producer.django import EmailBackend
from columba_producer.django.mail import mail_admins, mail_managers, send_html_mail, send_mail, send_mass_mail
from columba_shared.errors import InvalidEvent
from columba_shared.event import Event, Lane
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from django.utils.functional import lazystr

from tests.live.django import project
from tests.live.django.conftest import Queued

pytestmark = pytest.mark.usefixtures("sqlite")

TO = ["bob@example.org", "cy@example.org"]


def _content(event: Event) -> str:
    (file,) = event.attachments
    return (file.content or b"").decode()


def test_one_mail_is_one_that_was_queued(queued: Queued) -> None:
    assert send_mail("Hi", "Hello", None, TO, html_message="<p>Hello</p>") == 1
    assert send_mail(lazystr("Hi"), lazystr("Hello"), "ann@example.com", TO, True, "user") == 1  # noqa: FBT003 - old calls
    assert send_mail("Hi", "Hello", None, []) == 0
    rich, plain = queued()
    assert "From: shop@example.com" in _content(rich)
    assert "<p>Hello</p>" in _content(rich)
    assert [each.address for each in plain.to] == TO


def test_html_and_headers_go_with_it(queued: Queued) -> None:
    assert send_html_mail("Hi", "Hello", "<p>Hello</p>", None, TO, "high", headers={"X-Shop": "42"}) == 1
    (event,) = queued()
    assert "multipart/alternative" in _content(event)
    assert "X-Shop: 42" in _content(event)
    assert event.lane is Lane.URGENT


def test_of_many_all_are_queued_or_none(queued: Queued) -> None:
    assert send_mass_mail((("Hi", "Hello", None, [address]) for address in TO), priority=3) == 2
    assert [event.lane for event in queued()] == [Lane.BULK, Lane.BULK]
    with pytest.raises(InvalidEvent):
        send_mass_mail([("Hi", "Hello", None, TO), ("Hi", "Hello", None, ["nobody"])])
    assert send_mass_mail([("Hi", "Hello", None, ["nobody"])], fail_silently=True) == 0
    assert send_mass_mail([]) == 0
    assert len(queued()) == 2


@pytest.mark.parametrize(("send", "setting"), [(mail_admins, "ADMINS"), (mail_managers, "MANAGERS")])
def test_staff_get_one_mail_and_nobody_none(send: Callable[..., int], setting: str, queued: Queued) -> None:
    with override_settings(EMAIL_SUBJECT_PREFIX="[Shop] ", SERVER_EMAIL="robot@example.com"):
        for staff in (TO, [("Bob", TO[0]), ("Cy", TO[1])]):
            with override_settings(**{setting: staff}):
                assert send("Fire", "In the kitchen", html_message="<b>Fire</b>", priority=1) == 1
        with override_settings(**{setting: []}):
            assert send("Fire", "Nobody to tell") == 0
        with override_settings(**{setting: "bob@example.org"}), pytest.raises(ImproperlyConfigured, match=setting):
            send("Fire", "In the kitchen")
    for event in queued():
        assert [each.address for each in event.to] == TO
        assert "Subject: [Shop] Fire" in _content(event)
        assert "From: robot@example.com" in _content(event)
        assert event.lane is Lane.URGENT
    assert len(queued()) == 2


def test_what_is_deferred_is_held_until_somebody_approves_it(queued: Queued) -> None:
    send_mail("Hi", "Hello", None, TO, priority="deferred")
    (event,) = queued()
    assert event.hold


def test_it_goes_by_the_connection_that_is_given(queued: Queued) -> None:
    assert send_mail("Hi", "Hello", None, TO, connection=EmailBackend(kind="shop.mail"), priority=1) == 1
    (event,) = queued()
    assert (event.kind, event.lane) == ("shop.mail", Lane.URGENT)


@pytest.mark.parametrize("wrong", [0, 5, "2", "soon", True])
def test_what_is_no_priority_is_refused(queued: Queued, wrong: int | str) -> None:
    with pytest.raises(ValueError, match=r"priority: .* is none; there are 1 to 4, and high"):
        send_mail("Hi", "Hello", None, TO, priority=wrong)
    assert queued() == []


def test_a_string_is_no_list_of_recipients() -> None:
    with pytest.raises(TypeError, match="must be a list or tuple"):
        send_mail("Hi", "Hello", None, "bob@example.org")


def test_a_mailer_of_the_projects_own_kind_is_used(queued: Queued) -> None:
    with override_settings(**project.mail_by("tests.live.django.test_functions.OwnBackend")):
        assert send_mail("Hi", "Hello", None, TO, priority=1) == 1
        assert send_mail("Hi", "Hello", None, ["nobody"], fail_silently=True) == 0
    with override_settings(**project.mail_by(project.SMTP)):
        assert send_mail("Hi", "Hello", None, TO) == 1
    assert [event.kind for event in queued()] == ["own.mail", "django.mail"]


class OwnBackend(EmailBackend):
    """What a project makes of it."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as Django calls it
        super().__init__(kind="own.mail", **options)


@pytest.mark.skipif(not project.HAS_MAILERS, reason="Django's mailers came with 6.1")
def test_the_mailer_that_is_named_is_used(queued: Queued) -> None:
    mailers = {
        "default": {"BACKEND": project.BACKEND},
        "news": {"BACKEND": project.BACKEND, "OPTIONS": {"kind": "n.m"}},
    }
    with override_settings(MAILERS=mailers):
        assert send_mail("Hi", "Hello", None, TO, using="news", priority="bulk") == 1
        assert send_mass_mail([("Hi", "Hello", None, TO)]) == 1
    assert [event.kind for event in queued()] == ["n.m", "django.mail"]


@pytest.mark.skipif(project.HAS_MAILERS, reason="Django's mailers came with 6.1")
def test_where_there_are_no_mailers_none_can_be_named() -> None:
    with pytest.raises(TypeError, match="using: this Django has no mailers"):
        send_mail("Hi", "Hello", None, TO, using="news")
