"""Encryption and logging in: required means required, and a password is told to nobody else."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest
import uvloop
from columba_consumers.errors import TargetDown, Unknown
from columba_consumers.targets.email.smtp.server import Tls

from tests.live.email.parrot import GREETING, parrot
from tests.live.email.sending import mails, relay_to, send
from tests.services.certificates import Authority
from tests.services.smtp_faults import Cut, Faults, Rule
from tests.services.smtp_server import SmtpServer

Run = Callable[[Coroutine[None, None, None]], None]
_LOGIN = ("bob", "gehe/im ö")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom the client trusts."""
    return Authority.create(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
def test_mail_travels_encrypted_on_either_event_loop(run: Run, tls: Tls, authority: Authority) -> None:
    async def scenario() -> None:
        implicit = tls is Tls.IMPLICIT
        async with (
            SmtpServer(tls=authority.server(), implicit_tls=implicit, users=dict([_LOGIN])) as server,
            relay_to(server, tls=tls, trust=authority.client(), login=_LOGIN) as relay,
        ):
            await send(relay)
            await send(relay)
            assert (len(mails(server)), server.connected) == (2, 1)

    run(scenario())


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
@pytest.mark.parametrize("wrong", ["authority", "host", "expired"])
async def test_a_certificate_that_proves_nothing_gets_no_mail(
    tls: Tls, wrong: str, authority: Authority, tmp_path: Path
) -> None:
    signer = Authority.create(tmp_path, "Somebody else") if wrong == "authority" else authority
    certificate = signer.server(host="other.example" if wrong == "host" else "127.0.0.1", expired=wrong == "expired")
    async with (
        SmtpServer(tls=certificate, implicit_tls=tls is Tls.IMPLICIT) as server,
        relay_to(server, tls=tls, trust=authority.client()) as relay,
    ):
        with pytest.raises(TargetDown, match="certificate"):
            await send(relay)
        assert server.recorder.mails == 0


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize("cut", ["before_accepting", "after_accepting"])
def test_an_encrypted_mail_is_in_doubt_when_its_answer_is_lost(run: Run, cut: Cut, authority: Authority) -> None:
    async def scenario() -> None:
        async with (
            SmtpServer(tls=authority.server(), faults=Faults(cut=cut)) as server,
            relay_to(server, tls=Tls.STARTTLS, trust=authority.client()) as relay,
        ):
            with pytest.raises(Unknown):
                await send(relay)

    run(scenario())


async def test_a_server_whose_starttls_was_stripped_gets_no_mail(authority: Authority) -> None:
    async with (
        SmtpServer(tls=authority.server(), faults=Faults(hide_starttls=True)) as server,
        relay_to(server, tls=Tls.STARTTLS, trust=authority.client()) as relay,
    ):
        with pytest.raises(TargetDown, match="STARTTLS"):
            await send(relay)
        assert server.recorder.mails == 0


async def test_words_slipped_in_before_the_encryption_are_not_taken_for_the_servers(authority: Authority) -> None:
    async with (
        SmtpServer(tls=authority.server(), faults=Faults(injected="250-evil\r\n250 AUTH PLAIN")) as server,
        relay_to(server, tls=Tls.STARTTLS, trust=authority.client()) as relay,
    ):
        with pytest.raises(TargetDown):
            await send(relay)
        assert server.recorder.mails == 0


async def test_half_a_word_slipped_in_before_the_encryption_is_noticed_too(authority: Authority) -> None:
    said = (GREETING, b"250-hi\r\n250 STARTTLS\r\n", b"220 go\r\n250-ev")
    async with parrot(*said) as server, relay_to(server, tls=Tls.STARTTLS, trust=authority.client()) as relay:
        with pytest.raises(TargetDown, match="more than it was asked"):
            await send(relay)


@pytest.mark.parametrize("mechanisms", [("PLAIN",), ("LOGIN",), ("CRAM-MD5", "LOGIN", "PLAIN")])
async def test_a_login_works_in_the_ways_that_we_know(mechanisms: tuple[str, ...]) -> None:
    async with (
        SmtpServer(users=dict([_LOGIN]), mechanisms=mechanisms) as server,
        relay_to(server, login=_LOGIN) as relay,
    ):
        await send(relay)
        assert len(mails(server)) == 1


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
async def test_a_refused_login_means_the_target_is_down(mechanism: str) -> None:
    async with (
        SmtpServer(users=dict([_LOGIN]), mechanisms=(mechanism,)) as server,
        relay_to(server, login=("bob", "wrong-secret")) as relay,
    ):
        with pytest.raises(TargetDown) as caught:
            await relay.probe()
        assert caught.value.code == "535"
        assert "wrong-secret" not in str(caught.value)


async def test_a_server_without_a_way_that_we_know_is_down() -> None:
    async with (
        SmtpServer(users=dict([_LOGIN]), mechanisms=("CRAM-MD5",)) as server,
        relay_to(server, login=_LOGIN) as relay,
    ):
        with pytest.raises(TargetDown, match="AUTH PLAIN"):
            await send(relay)


@pytest.mark.parametrize("said", ["secret-word", "AGJvYgBzZWNyZXQtd29yZA=="])
async def test_a_server_that_repeats_the_password_is_not_quoted(said: str) -> None:
    rule = Rule(phase="auth", reply=f"535 5.7.8 your {said} is wrong")
    async with (
        SmtpServer(users={"bob": "secret-word"}, faults=Faults(rules=(rule,))) as server,
        relay_to(server, login=("bob", "secret-word")) as relay,
    ):
        with pytest.raises(TargetDown) as caught:
            await send(relay)
        shown = f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {relay!r}"
        assert said not in shown


async def test_a_server_that_speaks_no_tls_where_it_should_is_down(authority: Authority) -> None:
    async with (
        SmtpServer() as server,
        relay_to(server, tls=Tls.IMPLICIT, trust=authority.client()) as relay,
    ):
        with pytest.raises(TargetDown):
            await send(relay)


def test_old_tls_is_not_spoken(authority: Authority) -> None:
    assert authority.client().minimum_version >= ssl.TLSVersion.TLSv1_2
