"""What goes wrong at the server, and what it means for the delivery: told apart, and never sent twice unknowingly."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from dataclasses import replace

import pytest
import uvloop
from columba_consumers.errors import (
    DeliveryError,
    NetworkTrouble,
    Permanent,
    RecipientDead,
    TargetDown,
    Temporary,
    Throttled,
    Unknown,
)
from columba_consumers.targets.email.smtp.pool import Wear
from columba_consumers.targets.email.smtp.timeouts import Timeouts

from tests.live.email.parrot import GREETING, PIPELINING, PLAIN, parrot
from tests.live.email.sending import HASTE_SECONDS, MAIL, envelope, hasty, mails, relay_to, send
from tests.services.smtp_faults import Cut, Faults, Phase, Rule
from tests.services.smtp_record import open_when_lost
from tests.services.smtp_server import SmtpServer

Run = Callable[[Coroutine[None, None, None]], None]
_LARGE = b"Subject: large\r\n\r\n" + b"x" * 70 + b"\r\n"


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize(
    ("cut", "kind", "taken"),
    [
        ("banner", TargetDown, 0),
        ("ehlo", TargetDown, 0),
        ("mail", NetworkTrouble, 0),
        ("rcpt", NetworkTrouble, 0),
        ("data", NetworkTrouble, 0),
        ("before_accepting", Unknown, 0),
        ("after_accepting", Unknown, 1),
    ],
)
def test_a_cut_leaves_a_mail_in_doubt_only_after_its_last_dot(
    run: Run, cut: Cut, kind: type[DeliveryError], taken: int
) -> None:
    async def scenario() -> None:
        async with SmtpServer(faults=Faults(cut=cut)) as server, relay_to(server) as relay:
            with pytest.raises(DeliveryError) as caught:
                await send(relay)
            assert type(caught.value) is kind
            assert len(mails(server)) == taken

    run(scenario())


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_cut_inside_a_large_mail_leaves_nothing_in_doubt(run: Run) -> None:
    async def scenario() -> None:
        async with SmtpServer(faults=Faults(cut="body")) as server, relay_to(server) as relay:
            with pytest.raises(Temporary):
                await send(relay, data=_LARGE * 400_000)
            assert mails(server) == []

    run(scenario())


@pytest.mark.parametrize(
    ("phase", "step", "kind"),
    [
        ("banner", "greeting", TargetDown),
        ("ehlo", "command", TargetDown),
        ("mail", "command", NetworkTrouble),
        ("rcpt", "command", NetworkTrouble),
        ("data", "command", NetworkTrouble),
        ("final", "final", Unknown),
    ],
)
async def test_no_phase_hangs_longer_than_it_may(phase: Phase, step: str, kind: type[DeliveryError]) -> None:
    faults = Faults(hang=(phase,))
    async with SmtpServer(faults=faults) as server, relay_to(server, timeouts=hasty(step)) as relay:
        async with asyncio.timeout(10):
            with pytest.raises(DeliveryError) as caught:
                await send(relay)
        assert type(caught.value) is kind
        await server.recorder.until(lambda: not server.connections)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_mail_that_did_not_leave_this_side_is_not_in_doubt(run: Run) -> None:
    said = (GREETING, PLAIN, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n")

    async def scenario() -> None:
        async with parrot(*said, deaf=True) as server, relay_to(server, timeouts=hasty("data")) as relay:
            async with asyncio.timeout(10):
                with pytest.raises(Temporary, match="too long"):
                    await send(relay, data=_LARGE * 400_000)

    run(scenario())


async def test_a_large_mail_has_the_time_that_it_takes_on_a_slow_line() -> None:
    said = (GREETING, PLAIN, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n")
    patient = replace(hasty("data", "final"), octets_per_second=1_000_000.0)
    async with parrot(*said, deaf=True) as server, relay_to(server, timeouts=patient) as relay:
        sending = asyncio.create_task(send(relay, data=_LARGE * 400_000))
        await asyncio.sleep(HASTE_SECONDS * 3)  # longer than a mail of no size may take
        server.listen_again()
        with pytest.raises(Unknown, match="after the mail"):  # all of it was heard, and this server never answers
            await sending


async def test_a_server_that_asks_for_a_mail_without_a_recipient_hears_nothing_more() -> None:
    async with parrot(GREETING, PIPELINING, b"250 ok\r\n550 no\r\n354 go\r\n") as server:
        async with relay_to(server) as relay:
            with pytest.raises(Permanent):
                await send(relay)
        await server.hung_up()
        assert server.heard[0][-1] == b""
        assert server.heard[0][-2].endswith(b"DATA\r\n")


async def test_an_answer_and_more_is_the_answer_and_the_end_of_the_connection() -> None:
    async with parrot(GREETING, PIPELINING, b"250 ok\r\n250 ok\r\n354 go\r\n", b"250 taken\r\n421 bye\r\n") as server:
        async with relay_to(server) as relay:
            assert (await send(relay)).reply == "250 taken"
        await server.hung_up()
        assert server.heard[0][-1] == b""
        assert b"QUIT" not in b"".join(server.heard[0])


async def test_what_a_server_says_unasked_is_never_the_answer_to_the_next_mail() -> None:
    async with parrot(GREETING, PIPELINING, b"250 ok\r\n250 ok\r\n354 go\r\n", b"250 taken\r\n") as server:
        async with relay_to(server) as relay:
            await send(relay)
            server.say_unasked(b"250 forged\r\n")
            await server.hung_up()
            assert (await send(relay)).reply == "250 taken"
        assert len(server.heard) == 2


async def test_a_connection_that_was_idle_is_asked_before_it_is_trusted_with_a_mail() -> None:
    said = (GREETING, PIPELINING, b"250 ok\r\n250 ok\r\n354 go\r\n", b"250 taken\r\n")
    async with (
        parrot(*said) as server,
        relay_to(server, timeouts=hasty("command"), wear=Wear(check_after_idle_seconds=0.0)) as relay,
    ):
        await send(relay)
        await send(relay)
        assert server.heard[0][-2:] == [b"RSET\r\n", b""]


async def test_a_dripping_server_is_not_waited_for_longer_than_a_silent_one() -> None:
    faults = Faults(drip_seconds=0.05)
    async with SmtpServer(faults=faults) as server, relay_to(server, timeouts=hasty("greeting")) as relay:
        async with asyncio.timeout(10):
            with pytest.raises(TargetDown, match="too long"):
                await send(relay)


async def test_all_steps_together_are_bounded() -> None:
    faults = Faults(pipelining=False, drip_seconds=0.05)
    async with SmtpServer() as server, relay_to(server, timeouts=Timeouts(total_seconds=2)) as relay:
        await send(relay)
        server.set_faults(faults)
        async with relay.slot() as slot, asyncio.timeout(10):
            with pytest.raises(DeliveryError, match="too long"):
                await slot.send(envelope("a@example.org", "b@example.org", "c@example.org"), MAIL)


async def test_a_kept_connection_that_died_costs_no_attempt() -> None:
    async with SmtpServer() as server, relay_to(server) as relay:
        await send(relay)
        server.set_faults(Faults(cut="mail", cut_times=1))
        await send(relay)
        assert (len(mails(server)), server.connected) == (2, 2)


async def test_a_server_that_takes_few_mails_per_connection_gets_new_connections() -> None:
    async with SmtpServer(faults=Faults(mails_per_connection=3)) as server, relay_to(server, connections=1) as relay:
        for _ in range(10):
            await send(relay)
        assert (len(mails(server)), server.connected) == (10, 4)


async def test_a_kept_connection_that_breaks_after_the_dot_is_not_tried_again() -> None:
    async with SmtpServer() as server, relay_to(server) as relay:
        await send(relay)
        server.set_faults(Faults(cut="after_accepting", cut_times=1))
        with pytest.raises(Unknown):
            await send(relay)
        assert len(mails(server)) == 2


async def test_a_refusal_on_a_kept_connection_is_not_tried_again() -> None:
    async with SmtpServer() as server, relay_to(server) as relay:
        await send(relay)
        server.set_faults(Faults(rules=(Rule(phase="rcpt", reply="450 not now", times=1),)))
        with pytest.raises(Temporary):
            await send(relay)
        assert len(mails(server)) == 1


@pytest.mark.parametrize(("reply", "kind"), [("421 4.7.28 too fast", Throttled), ("421 4.3.2 bye", Temporary)])
async def test_who_closes_a_kept_connection_over_a_mail_is_not_given_it_again_at_once(
    reply: str, kind: type[DeliveryError]
) -> None:
    async with SmtpServer() as server, relay_to(server) as relay:
        await send(relay)
        server.set_faults(Faults(rules=(Rule(phase="final", reply=reply, times=1),)))
        with pytest.raises(DeliveryError) as caught:
            await send(relay)
        assert type(caught.value) is kind
        assert (len(mails(server)), server.connected) == (1, 1)


async def test_a_server_that_is_away_is_down_until_it_is_back() -> None:
    async with SmtpServer() as server, relay_to(server) as relay:
        await relay.probe()
        await send(relay)
        await server.go_down()
        with pytest.raises(TargetDown, match=rf":{server.port}: Connection refused$"):
            await send(relay)
        with pytest.raises(TargetDown):
            await relay.probe()
        await server.come_up()
        await relay.probe()
        await send(relay)
        assert len(mails(server)) == 2


async def test_a_host_that_has_no_address_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown_host(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown_host)
    async with relay_to(SmtpServer(port=25), host="mail.example.com") as relay:
        with pytest.raises(TargetDown, match="Name or service not known"):
            await send(relay)


async def test_a_cancelled_mail_takes_its_connection_with_it() -> None:
    async with SmtpServer() as server, relay_to(server, connections=1, timeouts=Timeouts()) as relay:
        await send(relay, "ann@example.org")
        server.set_faults(Faults(hang=("rcpt",)))
        sending = asyncio.create_task(send(relay, "bob@example.org"))
        await asyncio.sleep(0)  # it has sent its commands now, and waits
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await server.recorder.until(lambda: not server.connections)
        server.set_faults(Faults())
        await send(relay, "cy@example.org")
        assert [mail.rcpt_to for mail in mails(server)] == [("ann@example.org",), ("cy@example.org",)]


async def test_a_connection_that_does_not_start_anew_is_replaced() -> None:
    refused = b"250 ok\r\n550 no\r\n503 no\r\n"
    async with parrot(GREETING, PIPELINING, refused, b"502 what\r\n250 ok\r\n250 ok\r\n354 go\r\n") as server:
        async with relay_to(server) as relay:
            for _ in range(2):
                with pytest.raises(Permanent):
                    await send(relay)
        assert len(server.heard) == 2


async def test_a_transaction_cut_by_the_client_counts_as_open() -> None:
    faults = Faults(hang=("final",))
    async with SmtpServer(faults=faults) as server, relay_to(server, timeouts=hasty("final")) as relay:
        with pytest.raises(Unknown):
            await send(relay)
        await server.recorder.until(lambda: not server.connections)
        assert open_when_lost(server.recorder.entries) == 1


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), TargetDown),
        ((b"220-" + b"x" * 20_000,), TargetDown),
        ((b"220 hi\r\n250 out of turn\r\n",), TargetDown),
        ((GREETING, PLAIN, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"banana\r\n"), Unknown),
        ((GREETING, PLAIN, b"250 ok\r\n", b"banana\r\n"), NetworkTrouble),
        ((GREETING, PIPELINING, b"250 ok\r\n550 no\r\n354 go\r\n"), Permanent),
        ((GREETING, PIPELINING, b"250 ok\r\n550 5.1.1 no\r\n"), RecipientDead),
        ((GREETING, PIPELINING, b"550 5.1.1 not you\r\n"), Permanent),
        ((GREETING, PIPELINING, b"250 ok\r\n250 ok\r\n250 what\r\n"), Temporary),
        ((GREETING, PIPELINING, b"250 ok\r\n250 ok\r\n354 go\r\n250 now\r\n"), Temporary),
    ],
)
async def test_a_server_that_talks_nonsense_is_not_believed(said: tuple[bytes, ...], kind: type[DeliveryError]) -> None:
    async with parrot(*said) as server, relay_to(server, timeouts=hasty("command")) as relay:
        with pytest.raises(DeliveryError) as caught:
            await send(relay)
        assert type(caught.value) is kind
