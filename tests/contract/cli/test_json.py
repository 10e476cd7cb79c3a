"""What --json prints has the names that docs/cli.md promises."""

from columba_consumers.cli.shapes import ATTEMPT, DELIVERY, EVENT, PARTS, SHAPES

from tests.contract.cli import letters
from tests.contract.cli.past import GREYLISTED, REJECTED, Past
from tests.contract.cli.shell import Shell
from tests.system.forks import Json

EMBEDDED = {
    "enqueue": ("invoice.ready", "--to", "bob@example.org"),
    "render": ("invoice.ready", "--to", "bob@example.org", "--set", "number=1"),
    "rehearse": (),
    "list": (),
    "explain": ("bob@example.org",),
    "backlog": (),
    "health": (),
    "stats": (),
    "dead": (),
    "retry": ("--status", "dead", "--yes"),
    "purge": ("--older-than", "1d", "--yes"),
    "templates extract": (),
    "templates check": (),
    "templates diff": ("invoice.ready", "--old", "templates"),
    "migrate": (),
    "hold": ("--kind", "invoice.ready", "--yes"),
    "hold --dry-run": ("--kind", "invoice.ready"),
    "reschedule": ("--kind", "invoice.ready", "--now", "--yes"),
    "approve": ("--kind", "invoice.ready", "--yes"),
    "list --freeze": (),
    "cancel": ("--kind", "invoice.ready", "--yes"),
    "cancel --all-pending": ("--yes",),
    "settle": ("--kind", "invoice.ready", "--as", "dead", "--yes"),
    "triage": (),
    "triage --drop": ("--older-than", "1h", "--yes"),
    "suppress": ("eve@example.org",),
    "suppress --list": (),
    "suppress --check": ("eve@example.org",),
    "unsuppress": ("eve@example.org",),
    "bounce": (),
    "forget": ("nobody@example.org", "--yes"),
    "pause": ("email",),
    "resume": ("email",),
    "brake on": ("--kind", "x.y"),
    "brake list": (),
    "brake off": ("1",),
    "topology show": (),
    "doctor": (),
}
ON_SERVERS = {
    "relay --once": (),
    "reconcile --once": (),
    "replay": ("--yes",),
    "replay --unrouted": ("--yes",),
    "dead --compare": (),
    "topology apply": (),
    "topology check": (),
}


def names(line: Json) -> set[str]:
    found: set[str] = set(line)
    return found


def promised(words: str) -> set[str]:
    return set(words.split())


def test_embedded_commands_print_the_names_that_are_promised(embedded: Shell, past: Past) -> None:
    past.had("bob@example.org", GREYLISTED)
    printed = {name: names(embedded.run(*name.split(), *rest, "--json").lines[0]) for name, rest in EMBEDDED.items()}
    assert printed == {name: promised(SHAPES[name]) for name in EMBEDDED}


def test_commands_on_servers_print_the_names_that_are_promised(on_servers: Shell, past: Past) -> None:
    letters.bury(on_servers, past, past.had("bob@example.org", REJECTED))
    lines = {name: on_servers.run(*name.split(), *rest, "--json").lines[0] for name, rest in ON_SERVERS.items()}
    assert {name: names(line) for name, line in lines.items()} == {name: promised(SHAPES[name]) for name in ON_SERVERS}
    compared = lines["dead --compare"]["targets"]["email"]
    assert names(compared) == promised(PARTS["each of `targets` (dead --compare; by name)"])
    assert names(lines["replay"]["letters"]["email"]) == promised(PARTS["each of `letters` (replay; by target)"])


def test_every_shape_is_held_to_its_promise() -> None:
    assert SHAPES.keys() == EMBEDDED.keys() | ON_SERVERS.keys() | {
        "show",
        "amend",
        "addresses list",
        "replay --unfinished",
        "bounce --list",
        "bounce --maildir",
        "bounce --dismiss",
        *("up --once", "work --once"),  # in test_once.py
        *("files compare", "files compare DESTINATION", "files clean"),  # in test_files.py
    }


def test_what_lies_deeper_has_the_names_that_are_promised(embedded: Shell, past: Past) -> None:
    delivery = past.had("bob@example.org", GREYLISTED)
    embedded.run("addresses", "add", "42", "email", "ann@example.org")
    assert names(embedded.run("addresses", "list", "--json").line) == promised(SHAPES["addresses list"])
    shown = embedded.run("show", str(delivery), "--json").line
    embedded.run("addresses", "add", "43", "email", "bob@example.org")
    embedded.run("addresses", "deactivate", "43")
    embedded.run("suppress", "ann@example.org")
    listed = embedded.run("explain", "ann@example.org", "--json").line["suppressed"]
    told = embedded.run("explain", "bob@example.org", "--json").line
    assert names(listed[0]) == promised(PARTS["each of `suppressed` (explain), `entries` and `still`"])
    assert names(told["out_of_use"][0]) == promised(PARTS["each of `out_of_use`"])
    (part,) = embedded.run("backlog", "--json").line["parts"]
    assert names(part) == promised(PARTS["each of `parts` (backlog)"])
    amended = embedded.run("amend", str(delivery), "--set", "number=7", "--json").line
    assert names(amended) == promised(SHAPES["amend"])
    (act,) = embedded.run("show", str(delivery), "--json").line["acts"]
    assert names(act) == promised(PARTS["each of `acts` (show)"])
    assert names(shown) == promised(SHAPES["show"])
    assert names(shown["deliveries"][0]) == promised(PARTS["each of `deliveries` (show, explain)"])
    assert names(shown["deliveries"][0]["delivery"]) == promised(DELIVERY)
    assert names(shown["deliveries"][0]["attempts"][0]) == promised(ATTEMPT)
    assert names(shown["events"][0]) == promised(EVENT)
    assert names(told["timeline"][0]) == promised(PARTS["each of `timeline`"])
    (kind,) = embedded.run("templates", "check", "--json").line["kinds"]
    assert names(kind) == promised(PARTS["each of `kinds` (templates check)"])
    assert names(kind["needs"][0]) == promised(PARTS["each of `needs`"])
    past.had("eve@example.org", REJECTED)
    (group,) = embedded.run("dead", "--json").line["groups"]
    assert names(group) == promised(PARTS["each of `groups` (dead)"])
    assert names(group["example"]) == promised(PARTS["`example`"])
    assert names(told["outbox"]) == promised(PARTS["`outbox`"])
