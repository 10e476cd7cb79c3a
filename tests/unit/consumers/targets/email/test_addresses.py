"""Addresses are read strictly."""

import pytest
from columba_consumers.targets.email.addresses import Mailbox, domain_of, mailbox
from columba_consumers.targets.email.unsafe import UnsafeHeader


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bob@example.com", Mailbox(address="bob@example.com")),
        ('"bob builder"@example.com', Mailbox(address='"bob builder"@example.com')),
        (
            'Bob <"bob@home, or \\"at work\\""@example.com>',
            Mailbox(address='"bob@home, or \\"at work\\""@example.com', name="Bob"),
        ),
        ('"bob.builder"@example.com', Mailbox(address="bob.builder@example.com")),
        ('"bob\\.builder"@example.com', Mailbox(address="bob.builder@example.com")),
        ('"bob..builder"@example.com', Mailbox(address='"bob..builder"@example.com')),
        ("root@localhost", Mailbox(address="root@localhost")),
        ("bob.o'neil+tag=x@mail-1.example.com", Mailbox(address="bob.o'neil+tag=x@mail-1.example.com")),
        ("Bob Builder <bob@example.com>", Mailbox(address="bob@example.com", name="Bob Builder")),
        ("<bob@example.com>", Mailbox(address="bob@example.com")),
        ('"Bob, \\"the\\" Builder" <bob@example.com>', Mailbox(address="bob@example.com", name='Bob, "the" Builder')),
        ("Zoë (work) <zoe@example.com>", Mailbox(address="zoe@example.com", name="Zoë (work)")),
        (" bob@example.com ", Mailbox(address="bob@example.com")),
        ("jörg@example.com", Mailbox(address="jörg@example.com")),
        ("bob@bücher.example", Mailbox(address="bob@xn--bcher-kva.example")),
        ("bob@BÜCHER.example", Mailbox(address="bob@xn--bcher-kva.example")),
        ("bob@例え.テスト", Mailbox(address="bob@xn--r8jz45g.xn--zckzah")),
    ],
)
def test_one_address_is_read(text: str, expected: Mailbox) -> None:
    assert mailbox(text, "To") == expected


def test_a_sharp_s_in_a_domain_is_not_taken_for_two_letters() -> None:
    assert mailbox("bob@faß.example", "To").domain == "xn--fa-hia.example"


def test_the_name_known_of_the_recipient_comes_before_the_one_inside() -> None:
    assert mailbox("Somebody <bob@example.com>", "To", name="Bob").name == "Bob"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bob",
        "@example.com",
        "bob@",
        "bob@@example.com",
        "a@x.com, b@y.com",
        "a@x.com,b@y.com",
        "a@x.com;b@y.com",
        "a@x.com b@y.com",
        "a@x.com <b@y.com>",
        "Doe, Bob <bob@example.com>",
        "Bob <bob@example.com>, Eve <eve@example.com>",
        "Bob <bob@example.com> <eve@example.com>",
        "friends: a@x.com, b@y.com;",
        '"bob@evil.example>, x"@example.com',
        '"bob"x"@example.com',
        '"bob\\"@example.com',
        '""@example.com',
        '"bob" @example.com',
        '"jörg builder"@example.com',
        '"bob\\\nbuilder"@example.com',
        "bob(comment)@example.com",
        "bob@example.com(comment)",
        "bob@[127.0.0.1]",
        ".bob@example.com",
        "bob.@example.com",
        "b..ob@example.com",
        "bob@-example.com",
        "bob@example-.com",
        "bob@exam_ple.com",
        "bob@example..com",
        "bob@example.com.",
        f"bob@{'x' * 64}.com",
        f"{'x' * 250}@example.com",
        "=?utf-8?q?bob=40evil.example=3e?=@example.com",
        "bob\u200b@example.com",
        "bob@ex\u202eample.com",
        "bob@\u2488com.example",
        "bob>@example.com",
        "bob\\@example.com",
    ],
)
def test_anything_but_one_address_is_refused(text: str) -> None:
    with pytest.raises(UnsafeHeader) as caught:
        mailbox(text, "To")
    assert caught.value.field == "To"


@pytest.mark.parametrize("address", ["bob@" + "a." * 130 + "org", "bob@", "bob@exa mple.com", "bob@-a.org"])
def test_what_can_be_no_domain_is_none(address: str) -> None:
    assert domain_of(address) == ""


def test_the_domain_of_an_address_is_told_in_small_letters_and_ascii() -> None:
    assert domain_of("Bob <bob@BÜCHER.example>") == "xn--bcher-kva.example"
