"""`columba render` for a kind: whatever stands in the way is told before anything is rendered, and all at once."""

import pytest

from tests.contract.cli.shell import Shell

TO = ("--to", "bob@example.org")
APP = """
from columba_consumers import EmailMessage, loader, renderer

@loader("order")
def order(number):
    return {"number": number}

@renderer("order.packed")
def packed(event, recipient, thing):
    return EmailMessage(subject="Packed", text=str(thing))
"""


def told(shell: Shell, kind: str, *more: str, status: int = 1) -> str:
    """Return what is said of a kind that cannot be rendered so."""
    ran = shell.run("render", kind, *TO, *more, status=status)
    assert ran.stdout == ""
    return ran.stderr


def with_app(shell: Shell) -> Shell:
    (shell.folder / "shop_app.py").write_text(APP)
    shell.settings["COLUMBA_APP"] = "shop_app"
    shell.write_templates("order.late", **{"email.txt": "Order {{ about.number }} by {{ carrier }}\n"})
    return shell


def test_a_kind_that_nobody_says_is_told_with_those_that_may_have_been_meant(embedded: Shell) -> None:
    found = told(with_app(embedded), "invoice.redy")
    assert "nothing says invoice.redy by email: perhaps invoice.ready was meant; else write its templates" in found
    assert "perhaps order.packed or order.late was meant" in told(embedded, "order.paked")
    assert "there is only invoice.ready and order.late and order.packed; else" in told(embedded, "door.rings")
    embedded.settings = {"COLUMBA_TEMPLATES": "nowhere"}
    assert f"there are no templates in nowhere (looked from {embedded.folder})" in told(embedded, "door.rings")


def test_all_facts_that_are_missing_are_named_with_the_option_that_gives_them(embedded: Shell) -> None:
    embedded.write_templates(**{"email.txt": "{{ customer.name }}\n{% for each in items %}{{ each.name }}{% endfor %}"})
    found = told(embedded, "invoice.ready", "--context", '{"items": [{"name": "Ring"}, {}]}')
    assert "  customer.name  invoice.ready/email.txt:1\n" in found
    assert "  items[1].name  invoice.ready/email.txt:2\n" in found
    assert "  number         invoice.ready/email.subject.txt:1, invoice.ready/email.html:1\n" in found
    whole = found.partition("--context '")[2].partition("'")[0]
    made = embedded.run("render", "invoice.ready", *TO, "--context", whole, "--json").line
    assert made["text"] == "…\nRing…\n"


def test_facts_that_may_be_given_as_texts_are_told_so(embedded: Shell) -> None:
    assert "or as texts by --set number=…\n" in told(embedded, "invoice.ready")


def test_facts_and_the_thing_that_are_missing_are_told_together(embedded: Shell) -> None:
    found = told(with_app(embedded), "order.late", "--set", "number=7")
    assert "  carrier  order.late/email.txt:1\n" in found
    assert "tells of what the event is about (order.late/email.txt:1): give --about, such as order:42" in found


@pytest.mark.parametrize(
    ("about", "why"),
    [
        (
            "ordr:7",
            '--about ordr:7: the module of COLUMBA_APP, shop_app, has no @loader("ordr"), only @loader("order")',
        ),
        ("order", "--about order names a sort alone, and nothing is looked up: name a single one, such as order:42"),
    ],
)
def test_what_it_is_about_and_no_loader_finds_is_told(embedded: Shell, about: str, why: str) -> None:
    with_app(embedded)
    assert why in told(embedded, "order.late", "--about", about, "--set", "number=7", "--set", "carrier=Pigeon")
    made = embedded.run("render", "order.packed", *TO, "--about", about)
    assert "None" in made.stdout
    assert why in made.stderr


def test_an_app_that_there_is_not_loads_nothing(embedded: Shell) -> None:
    embedded.write_templates("order.late", **{"email.txt": "{{ about.number }}"})
    found = told(embedded, "order.late", "--about", "order:7", "--set", "number=7")
    assert '--about order:7: COLUMBA_APP is not set, so the app has no @loader("order")' in found


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("--to", "bob"), "--to: is not one plain email address"),
        ((*TO, "--target", "emial"), "there is no target 'emial'; there are email"),
        (("--set", "number=7"), "who would get invoice.ready, such as --to bob@example.org?"),
    ],
)
def test_what_can_be_no_message_is_bad_usage(embedded: Shell, asked: tuple[str, ...], why: str) -> None:
    assert why in embedded.run("render", "invoice.ready", *asked, status=2).stderr
