"""Addresses are looked at where they are given: what no target could ever deliver to is refused with the fix."""

import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest
from columba_shared import addresses
from columba_shared.addresses import BUILT_IN, check_address
from columba_shared.errors import BrokenCheck
from columba_shared.settings.of_target import IN_DOUBT


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("email", "bob@example.org"),
        ("email", "o'brien+x@xn--bcher-kva.example"),
        ("email", "ünal@bücher.example"),
        ("email", "root@localhost"),
        ("sms", "+4366012345678"),
        ("sms", "+15005550006"),
        ("sms", "+390612345678"),
        ("sms", "+2250123456789"),
        ("push", "ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]"),
        ("push", "ExpoPushToken[xxxxxxxxxxxxxxxxxxxxxx]"),
        ("webhook", "https://example.com/hooks/7?as=json"),
        ("webhook", "http://hooks.internal:8080/"),
        ("webhook", "https://[2001:db8::1]/"),
        ("webhook", "http://127.0.0.1:8080/"),
        ("webhook", "http://10.1.0.7./hooks"),
        ("webhook", "http://7.example/"),
        ("files", "warehouse-2"),
        ("chat", "on_call"),
    ],
)
def test_what_may_be_an_address_is_taken(target: str, address: str) -> None:
    check_address(target, address)


@pytest.mark.parametrize(
    ("target", "address", "problem"),
    [
        ("email", "bob", "is not one plain email address: 'bob'"),
        ("email", "bob@my_host.example.org", "is not one plain email address"),
        ("email", "bob@[127.0.0.1]", "is not one plain email address"),
        ("email", "bob@-example.org", "is not one plain email address"),
        ("email", "bob@example.org.", "is not one plain email address"),
        ("email", ".bob@docomo.ne.jp", "is not one plain email address"),
        ("email", "bob..x@example.org", "is not one plain email address"),
        ("email", "=?x@example.org", "is not one plain email address"),
        ("email", "bob\u2028@example.org", "is not one plain email address"),
        ("sms", "+43 660 123 45 678", "write \\+4366012345678, not '\\+43 660 123 45 678'"),
        ("sms", "0043-660/12345678", "write \\+4366012345678,"),
        ("sms", "+43066012345678", "write \\+4366012345678, not"),
        ("sms", "+43 (0)660 12345678", "write \\+4366012345678, not"),
        ("sms", "00440791112345", "write \\+44791112345, not"),
        ("sms", "066012345678", "write \\+ and the country's code"),
        ("sms", "+4366012345678901", "is not a telephone's number"),
        ("sms", "bob@example.org", "is not a telephone's number"),
        ("push", "token", "getExpoPushTokenAsync"),
        ("push", "ExponentPushToken[]", "is not a push token"),
        ("webhook", "example.com/hooks", "is not an http or https URL"),
        ("webhook", "ftp://example.com/", "is not an http or https URL"),
        ("webhook", "https:///hooks", "is not an http or https URL"),
        ("webhook", "https://exa mple.com/", "is not an http or https URL"),
        ("webhook", "https://example.com:99999/", "is not a URL"),
        ("webhook", "https://example.com/#here", "behind #"),
        ("webhook", "http://2130706433/hooks", "only looks like an address: '2130706433'; write 192.0.2.1"),
        ("webhook", "http://0x7F.1:8080/", "only looks like an address"),
        ("webhook", "http://0177.0.0.1/", "only looks like an address"),
        ("webhook", "http://127.1./", "only looks like an address"),
        ("webhook", "http://1.2.3.4.5/", "only looks like an address"),
        ("webhook", "http://%31%32%37.0.0.1/", "escapes"),
        ("webhook", "http://[fe80::1%25eth0]/", "a zone"),
        ("files", "Warehouse", "is not the name of a destination: 'Warehouse'"),
        ("files", "../etc", "is not the name of a destination"),
        ("chat", "x" * 200, "is not the name of a destination"),
    ],
)
def test_what_cannot_be_an_address_is_refused_with_the_fix(target: str, address: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_address(target, address)


@pytest.mark.parametrize(
    ("target", "address"),
    [("webhook", "https://bob:hunter2@example.com/"), ("files", "ftp://bob:hunter2@x"), ("chat", "slack://hunter2/x")],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(target: str, address: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        check_address(target, address)
    assert "hunter2" not in str(caught.value)


def test_each_target_that_comes_with_columba_has_a_check() -> None:
    assert set(BUILT_IN) == set(IN_DOUBT)


def test_any_text_is_an_address_of_a_target_that_nobody_brings_a_check_for() -> None:
    check_address("nobodys", "anything")


def installed(monkeypatch: pytest.MonkeyPatch, *points: EntryPoint) -> None:
    """Let packages bring these entry points."""

    def entry_points(**asked: Any) -> EntryPoints:  # noqa: ANN401 - as it is
        return EntryPoints(points).select(**asked)

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    addresses._installed.cache_clear()  # noqa: SLF001 - what was found is remembered for the process


def point(target: str, value: str) -> EntryPoint:
    return EntryPoint(name=target, value=value, group=addresses.GROUP)


def test_a_package_may_bring_the_check_of_its_target(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "their_check.py").write_text("def check(address):\n    raise ValueError(f'is not theirs: {address}')\n")
    monkeypatch.syspath_prepend(tmp_path)
    installed(monkeypatch, point("theirs", "their_check:check"))
    with pytest.raises(ValueError, match="is not theirs: bob"):
        check_address("theirs", "bob")
    check_address("others", "bob")
    del sys.modules["their_check"]


@pytest.mark.parametrize("value", ["no_such_module:check", "os:sep", "os:nothing_like_it"])
def test_a_check_that_cannot_be_used_says_which_function_it_is(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    installed(monkeypatch, point("theirs", value))
    with pytest.raises(BrokenCheck, match=f"theirs's addresses, {value}"):
        check_address("theirs", "bob")


def test_a_check_that_raises_what_it_should_not_is_broken_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, point("theirs", "math:sqrt"))
    with pytest.raises(BrokenCheck, match=r"the check of theirs's addresses, math.sqrt, has failed: TypeError: "):
        check_address("theirs", "bob")


def test_two_packages_cannot_check_the_same_target(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, point("theirs", "os:getcwd"), point("theirs", "os:getpid"))
    with pytest.raises(BrokenCheck, match="uninstall one"):
        check_address("theirs", "bob")
