"""A file that does not pass is not sent, and XML does nothing but be read."""

import threading
from collections.abc import Collection
from concurrent.futures import Future, wait
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue

import pytest
from columba_consumers.errors import InvalidMessage, Temporary
from columba_consumers.file_message import File, FileMessage
from columba_consumers.targets.files import own_validator, xml
from columba_consumers.targets.files.own_validator import MOST_HANGING
from columba_consumers.targets.files.packing import read
from columba_consumers.targets.files.validators import Validators
from columba_shared.settings.file_validators import rulings

from tests.system.system import until

DTD = "<!ELEMENT news (item+)><!ELEMENT item (#PCDATA)>"
XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="news"><xs:complexType><xs:sequence>
<xs:element name="item" type="xs:integer" maxOccurs="9"/></xs:sequence></xs:complexType></xs:element></xs:schema>"""
GOOD = "<news><item>1</item></news>"
BIG = "x" * 9_000
DANGEROUS = {
    "laughs": (
        '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;&l;&l;&l;&l;"><!ENTITY n "&m;&m;&m;&m;">]><a>&n;</a>',
        "holds others",
    ),
    "quadratic": (f'<!DOCTYPE a [<!ENTITY l "{BIG}">]><a>{"&l;" * 50_000}</a>', "amplification"),
    "attribute": (f'<!DOCTYPE a [<!ENTITY l "{BIG}">]><a b="{"&l;" * 50_000}"/>', "amplification"),
    "huge": (f'<!DOCTYPE a [<!ENTITY l "{BIG * 2}">]><a>&l;</a>', "more than 10,000"),
    "file": ('<!DOCTYPE a [<!ENTITY l SYSTEM "file:///etc/passwd">]><a>&l;</a>', "external entity 'l'"),
    "network": ('<!DOCTYPE a [<!ENTITY l SYSTEM "http://169.254.169.254/">]><a>&l;</a>', "external entity 'l'"),
    "parameter": ('<!DOCTYPE a [<!ENTITY % l SYSTEM "http://localhost/x"> %l;]><a/>', "external entity 'l'"),
    "loop": ('<!DOCTYPE a [<!ENTITY l "&m;"><!ENTITY m "&l;">]><a>&l;</a>', "holds others|loop"),
    "unknown": ("<a>&l;</a>", "not defined"),
    "unclosed": ("<a><b></b>", "not well-formed"),
    "mismatched": ("<a></b>", "not well-formed"),
    "text": ("hello", "not well-formed"),
    "nothing": ("", "not well-formed"),
    "deep": ("<a>" * 100_000, "not well-formed"),
}


def judged(setting: str, *files: tuple[str, str], more: tuple[str, ...] = ()) -> None:
    ask(Validators.of(rulings(setting)), *files, more=more)


def ask(validators: Validators, *files: tuple[str, str], more: tuple[str, ...] = ()) -> None:
    related = tuple(File(name=name, text=text) for name, text in files)
    validators.check("news.daily", more, read(FileMessage(related=related), max_size=10**8).files)


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    """A folder with a DTD and an XML Schema."""
    (tmp_path / "news.dtd").write_text(DTD)
    (tmp_path / "news.xsd").write_text(XSD)
    return tmp_path


@pytest.mark.parametrize(("text", "problem"), DANGEROUS.values(), ids=DANGEROUS)
def test_what_is_broken_or_would_grow_or_fetch_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidMessage, match=f"^a.xml: well-formed: .*({problem})"):
        judged("*=well-formed", ("a.xml", text))


def test_entities_that_are_plain_text_are_taken() -> None:
    document = xml.parsed(b'<!DOCTYPE a [<!ENTITY co "Columba">]><a b="&co;">&co;</a>')
    assert (document.getroot().text, document.getroot().get("b")) == ("Columba", "Columba")


def test_a_document_type_that_lies_elsewhere_is_not_fetched() -> None:
    judged("*=well-formed", ("a.xml", '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>'))


@pytest.mark.parametrize("kind", ["dtd", "xsd"])
def test_files_must_fit_the_schema_of_their_kind(schemas: Path, kind: str) -> None:
    setting = f"news.*={kind}:{schemas}/news.{kind}"
    judged(setting, ("a.xml", GOOD))
    with pytest.raises(InvalidMessage, match=rf"^b.xml: {kind}:.*news.{kind}: line [12]: .*other"):
        judged(setting, ("a.xml", GOOD), ("b.xml", "<news>\n<other/></news>"))
    judged(setting.replace("news.*", "invoice.*"), ("b.xml", "<other/>"))


def test_a_message_names_validators_of_its_own(schemas: Path) -> None:
    with pytest.raises(InvalidMessage, match="xsd"):
        judged("", ("a.xml", "<x/>"), more=(f"xsd:{schemas}/news.xsd",))
    with pytest.raises(InvalidMessage, match="validators: 'dtdx': a validator is"):
        judged("", ("a.xml", "<x/>"), more=("dtdx",))


def refuses(name: str, content: bytes) -> None:
    if b"bad" in content:
        raise ValueError(f"{name} is bad")
    if b"broken" in content:
        raise KeyError("broken")
    if b"later" in content:
        raise Temporary("ask again")


def test_an_own_function_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "judge", refuses, raising=False)
    own = "*=columba_consumers.targets.files.xml:judge"
    judged(own, ("a.txt", "good"))
    with pytest.raises(InvalidMessage, match=r"^a.txt: columba_consumers.*judge: a.txt is bad"):
        judged(own, ("a.txt", "bad"))
    with pytest.raises(InvalidMessage, match="KeyError: 'broken'"):
        judged(own, ("a.txt", "broken"))
    with pytest.raises(Temporary, match="ask again"):
        judged(own, ("a.txt", "later"))


def test_an_own_function_that_hangs_is_given_up_and_keeps_no_other_file_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hanging, asked = threading.Event(), []
    hangs: SimpleQueue[bool] = SimpleQueue()

    def judge(name: str, content: bytes) -> None:
        asked.append(name)
        hangs.put(b"slow" in content)
        if b"slow" in content:
            hanging.wait(30)

    def as_it_hangs(verdicts: Collection["Future[None]"], timeout: float) -> object:
        """Wait so long from when the function is at work, and only where it hangs: a busy machine does, too."""
        return wait(verdicts, timeout=timeout if hangs.get(timeout=30) else 30)

    monkeypatch.setattr(xml, "judge", judge, raising=False)
    monkeypatch.setattr(own_validator, "wait", as_it_hangs)
    own = "columba_consumers.targets.files.xml:judge"
    validators = Validators.of(rulings(f"*={own}"), within=timedelta(milliseconds=20))
    with pytest.raises(Temporary, match=f"^a.txt: {own} .* within 0.02 s .COLUMBA_FILES_VALIDATOR_TIMEOUT"):
        ask(validators, ("a.txt", "slow"))
    ask(validators, ("b.txt", "quick"))
    with pytest.raises(Temporary, match="is still at work on these very bytes"):
        ask(validators, ("a.txt", "slow"))
    for number in range(MOST_HANGING - 1):
        with pytest.raises(Temporary, match=r"within 0\.02 s "):
            ask(validators, ("c.txt", f"slow {number}"))
    with pytest.raises(Temporary, match=f"hangs at {MOST_HANGING} files, the first of them a.txt"):
        ask(validators, ("b.txt", "quick"))
    assert asked == ["a.txt", "b.txt", *["c.txt"] * (MOST_HANGING - 1)]

    def answers() -> bool:
        with suppress(Temporary):
            ask(validators, ("b.txt", "quick"))
            return True
        return False

    hanging.set()
    until(answers, "it is asked again", seconds=30)
    validators.close()


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("*=dtd:missing.dtd", "No such file"),
        ("*=xsd:{schemas}/news.dtd", "no XML Schema"),
        ("*=dtd:{schemas}/news.xsd", "no DTD"),
        ("*=no.such.module:f", "No module"),
        ("*=columba_consumers.targets.files.xml:nothing", "nothing"),
        ("*=columba_consumers.targets.files.xml:_MAX_SHOWN", "no function"),
        ("*=wellformed", "a validator is"),
        ("News=well-formed", "must be kinds"),
        ("well-formed", "must be kinds"),
        ("*=", "a validator is"),
    ],
    ids=range(10),
)
def test_a_validator_that_cannot_be_used_is_said_at_once(setting: str, problem: str, schemas: Path) -> None:
    with pytest.raises(ValueError, match=problem):
        Validators.of(rulings(setting.format(schemas=schemas)))


def test_a_dtd_of_several_files_is_read_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "a b%20c"
    folder.mkdir()
    (folder / "news.dtd").write_text('<!ELEMENT news (item+)><!ENTITY % more SYSTEM "item.dtd"> %more;')
    (folder / "item.dtd").write_text("<!ELEMENT item (#PCDATA)>")
    judged(f"*=dtd:{folder}/news.dtd", ("a.xml", GOOD))
    with pytest.raises(InvalidMessage, match="item"):
        judged(f"*=dtd:{folder}/news.dtd", ("a.xml", "<news><item><news/></item></news>"))


@pytest.mark.parametrize("location", ["missing", "http://127.0.0.1:9/missing"], ids=["file", "network"])
def test_a_schema_of_which_a_part_is_missing_cannot_be_used(schemas: Path, location: str) -> None:
    (schemas / "news.dtd").write_text(f'{DTD}<!ENTITY % more SYSTEM "{location}"> %more;')
    imported = f'<xs:import namespace="urn:x" schemaLocation="{location}"/><xs:element name="news"'
    (schemas / "news.xsd").write_text(XSD.replace('<xs:element name="news"', imported))
    for kind in ("dtd", "xsd"):
        with pytest.raises(ValueError, match=f"news.{kind} is not whole: .*missing"):
            Validators.of(rulings(f"*={kind}:{schemas}/news.{kind}"))
