"""Mail over SMTP: what arrives, how often, and on which connection."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest
import uvloop
from columba_consumers.errors import Permanent, Temporary
from columba_consumers.targets.email.smtp.pool import Wear

from tests.live.email.sending import MAIL, envelope, mails, relay_to, send
from tests.services.smtp_faults import Faults, Rule
from tests.services.smtp_record import Lost, open_when_lost, went_on
from tests.services.smtp_server import SmtpServer

Run = Callable[[Coroutine[None, None, None]], None]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_mail_arrives_byte_for_byte_on_either_event_loop(run: Run, *, pipelining: bool) -> None:
    async def scenario() -> None:
        async with SmtpServer(faults=Faults(pipelining=pipelining)) as server, relay_to(server) as relay:
            accepted = await send(relay)
            assert accepted.queue_id == "1"
            (mail,) = mails(server)
            assert (mail.body, mail.mail_from, mail.rcpt_to) == (MAIL, "news@example.com", ("bob@example.org",))

    run(scenario())


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_large_mail_arrives_byte_for_byte(run: Run) -> None:
    large = b"Message-ID: <1@example.com>\r\n\r\n" + b".dotted line\r\n" * 400_000

    async def scenario() -> None:
        async with SmtpServer() as server, relay_to(server) as relay:
            await send(relay, data=large)
            assert [mail.body for mail in mails(server)] == [large]

    run(scenario())


async def test_mails_in_a_row_share_one_connection() -> None:
    async with SmtpServer() as server, relay_to(server) as relay:
        for _ in range(20):
            await send(relay)
        assert len(mails(server)) == 20
        assert server.connected == 1


async def test_there_are_never_more_connections_than_slots() -> None:
    async with SmtpServer(faults=Faults(delay_seconds=0.01)) as server, relay_to(server, connections=3) as relay:
        await asyncio.gather(*(send(relay) for _ in range(30)))
        assert len(mails(server)) == 30
        assert server.connected == 3


async def test_a_connection_serves_no_other_mail_until_its_slot_is_given_back() -> None:
    async with SmtpServer() as server, relay_to(server, connections=2) as relay:
        async with relay.slot() as slot:
            await slot.send(envelope(), MAIL)
            await send(relay)
            await send(relay)
        assert [mail.connection for mail in mails(server)] == [1, 2, 2]


async def test_a_transaction_is_open_until_the_next_command() -> None:
    async with SmtpServer() as server:
        async with relay_to(server) as relay, relay.slot() as slot:
            await slot.send(envelope(), MAIL)
            for connection in list(server.connections):
                connection.drop()
            await server.recorder.until(lambda: any(isinstance(each, Lost) for each in server.recorder.entries))
        assert open_when_lost(server.recorder.entries) == 1
        assert went_on(server.recorder.entries) == set()


async def test_a_relay_that_closes_leaves_nothing_open() -> None:
    async with SmtpServer() as server:
        async with relay_to(server) as relay:
            await asyncio.gather(*(send(relay) for _ in range(8)))
        await server.recorder.until(lambda: not server.connections)
        assert open_when_lost(server.recorder.entries) == 0
        assert len(went_on(server.recorder.entries)) == 8


async def test_after_a_refused_recipient_the_same_connection_serves_the_next() -> None:
    faults = Faults(rules=(Rule(phase="rcpt", reply="550 5.1.1 no such user", recipient="nobody"),))
    async with SmtpServer(faults=faults) as server, relay_to(server) as relay:
        with pytest.raises(Permanent, match=r"550 5\.1\.1 no such user"):
            await send(relay, "nobody@example.org")
        await send(relay, "bob@example.org")
        assert [mail.rcpt_to for mail in mails(server)] == [("bob@example.org",)]
        assert server.connected == 1


async def test_a_greylisted_recipient_is_taken_later() -> None:
    async with SmtpServer(faults=Faults(greylist=1)) as server, relay_to(server) as relay:
        with pytest.raises(Temporary) as caught:
            await send(relay)
        assert caught.value.code == "450"
        await send(relay)
        assert len(mails(server)) == 1


@pytest.mark.parametrize("pipelining", [True, False])
async def test_a_refused_copy_is_reported_and_the_others_get_theirs_once(*, pipelining: bool) -> None:
    rule = Rule(phase="rcpt", reply="452 4.5.3 too many recipients", recipient="cy")
    async with SmtpServer(faults=Faults(rules=(rule,), pipelining=pipelining)) as server, relay_to(server) as relay:
        accepted = await send(relay, "bob@example.org", "ann@example.org", "cy@example.org")
        assert accepted.refused_copies == ("cy@example.org: 452 4.5.3 too many recipients",)
        assert [mail.rcpt_to for mail in mails(server)] == [("bob@example.org", "ann@example.org")]


@pytest.mark.parametrize("pipelining", [True, False])
async def test_when_the_recipient_is_refused_no_copy_goes_out(*, pipelining: bool) -> None:
    rule = Rule(phase="rcpt", reply="451 4.3.0 not now", recipient="bob", times=1)
    async with SmtpServer(faults=Faults(rules=(rule,), pipelining=pipelining)) as server, relay_to(server) as relay:
        with pytest.raises(Temporary):
            await send(relay, "bob@example.org", "ann@example.org")
        assert mails(server) == []
        await send(relay, "bob@example.org", "ann@example.org")
        assert [mail.rcpt_to for mail in mails(server)] == [("bob@example.org", "ann@example.org")]


async def test_a_mail_beyond_the_servers_size_is_not_even_offered() -> None:
    async with SmtpServer(faults=Faults(size=len(MAIL) - 1)) as server, relay_to(server) as relay:
        with pytest.raises(Permanent, match="octets"):
            await send(relay)
        server.set_faults(Faults(size=len(MAIL)))
    async with SmtpServer(faults=Faults(size=len(MAIL))) as server, relay_to(server) as relay:
        await send(relay)
        assert len(mails(server)) == 1


async def test_an_address_beyond_ascii_needs_a_server_that_takes_it() -> None:
    async with SmtpServer() as server, relay_to(server) as relay:
        await send(relay, "jörg@example.org", data="To: jörg@example.org\r\n\r\nhi\r\n".encode())
        assert [mail.rcpt_to for mail in mails(server)] == [("jörg@example.org",)]
    async with SmtpServer(faults=Faults(smtputf8=False)) as server, relay_to(server) as relay:
        with pytest.raises(Permanent, match="SMTPUTF8"):
            await send(relay, "jörg@example.org")


@pytest.mark.parametrize(
    ("recipient", "data", "asked"),
    [
        ("bob@example.org", b"Subject: hi\r\n\r\nhi\r\n", ""),
        ("bob@example.org", "Subject: hi\r\n\r\nGrüße\r\n".encode(), " BODY=8BITMIME"),
        ("bob@example.org", "Subject: Grüße\r\n\r\nhi\r\n".encode(), " BODY=8BITMIME SMTPUTF8"),
        ("jörg@example.org", b"Subject: hi\r\n\r\nhi\r\n", " SMTPUTF8"),
        ('"bob builder"@example.org', b"Subject: hi\r\n\r\nhi\r\n", ""),
    ],
)
async def test_a_server_is_asked_for_no_more_than_the_mail_needs(recipient: str, data: bytes, asked: str) -> None:
    async with SmtpServer() as server, relay_to(server) as relay:
        await send(relay, recipient, data=data)
        (seen,) = mails(server)
        assert (seen.rcpt_to, seen.body, seen.asked) == ((recipient,), data, f"SIZE={len(data)}{asked}")


async def test_what_a_server_cannot_take_is_dead_with_the_reason_and_all_else_goes() -> None:
    faults = Faults(smtputf8=False, eight_bit=False)
    async with SmtpServer(faults=faults) as server, relay_to(server) as relay:
        with pytest.raises(Permanent, match="8BITMIME"):
            await send(relay, data="Subject: hi\r\n\r\nGrüße\r\n".encode())
        with pytest.raises(Permanent, match=r"headers that are not ASCII \(no SMTPUTF8\)"):
            await send(relay, data="Subject: Grüße\r\n\r\nhi\r\n".encode())
        await send(relay)
        assert len(mails(server)) == 1


async def test_a_worn_connection_is_replaced_politely() -> None:
    async with SmtpServer() as server:
        async with relay_to(server, wear=Wear(max_mails=3)) as relay:
            for _ in range(9):
                await send(relay)
        await server.recorder.until(lambda: not server.connections)
        assert server.connected == 3
        assert open_when_lost(server.recorder.entries) == 0


async def test_a_connection_that_was_idle_is_checked_and_one_that_is_dead_replaced() -> None:
    async with SmtpServer() as server, relay_to(server, wear=Wear(check_after_idle_seconds=0.0)) as relay:
        await send(relay)
        await send(relay)
        assert server.connected == 1
        await server.go_down()
        await server.come_up()
        await send(relay)
        assert server.connected == 2
        assert len(mails(server)) == 3


async def test_idle_connections_are_closed_after_a_while() -> None:
    async with SmtpServer() as server:
        async with relay_to(server, wear=Wear(close_after_idle_seconds=0.05)) as relay:
            await send(relay)
            await server.recorder.until(lambda: not server.connections, seconds=5)
            assert open_when_lost(server.recorder.entries) == 0
            await send(relay)
        assert server.connected == 2
