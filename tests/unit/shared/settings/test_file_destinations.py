"""Destinations of files as they are set."""

from pathlib import Path

import pytest
from columba_shared.settings.file_destinations import destinations


def test_a_url_says_all_about_a_destination() -> None:
    partner, archive, press, old = destinations(
        "partner=sftp://user:s%3Bcr%40t@example.com:2222/in/news?key=id&known_hosts=known&check=read&connections=9; "
        "archive=file:///srv/out; press=ftps://u@[::1]//abs/pa%20th/?implicit=yes&ca=ca.pem; old=ftp://h/?passive=no"
    )
    assert (partner.host, partner.port, partner.user, partner.password) == ("example.com", 2222, "user", "s;cr@t")
    assert (partner.folder, partner.key, partner.known_hosts) == ("in/news", Path("id"), Path("known"))
    assert (partner.check, partner.connections) == ("read", 9)
    assert (archive.scheme, archive.folder, archive.place) == ("file", "/srv/out", "/srv/out")
    assert (press.host, press.port, press.password, press.folder) == ("::1", 990, None, "/abs/pa th")
    assert press.implicit
    assert press.ca == Path("ca.pem")
    assert (old.port, old.passive, old.folder, old.user) == (21, False, "", "")


def test_no_password_is_shown() -> None:
    found = destinations("a=ftp://user:secret@host/x; b=sftp://u:secret@h/?key=/etc/secret-key")
    for shown in (str(found), repr(found), repr(found[0]), str(found[1])):
        assert "secret" not in shown
    assert str(found[0]) == "a=ftp://user:***@host/x"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("partner", "must be destinations"),
        ("Partner=ftp://h", "must be destinations"),
        ("ftp://u:secret@h/x", "must be destinations"),
        ("a=ftp://h; a=ftp://h", "a twice"),
        ("a=http://u:secret@h/x", "begins with file:, ftp"),
        ("a=ftp:///x", "names no host"),
        ("a=ftp://u:secret@h:port/x", "must be a URL"),
        ("a=file://host/x", "a local folder is"),
        ("a=file:", "a local folder is"),
        ("a=ftp://h/?implicit=yes", "options of ftp are"),
        ("a=ftps://h/?implicit=perhaps", "implicit must be one of"),
        ("a=sftp://h/?connections=0", "connections must be a whole number"),
        ("a=ftp://u:secret@h/a#b", "written %23"),
        ("a=file:///srv/a#b", "written %23"),
        ("a=ftp://h/a%0d%0aDELE", "control character"),
        ("a=ftp://u:secret%00@h/", "control character"),
    ],
    ids=range(16),
)
def test_what_is_wrong_is_said_without_the_password(value: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        destinations(value)
    assert "secret" not in str(caught.value)


def test_a_name_that_is_not_set_names_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"no destination 'other'; .* has a, b"):
        destinations("a=ftp://h; b=ftp://h").named("other")
