"""A URL becomes an engine or an error that names the setting and what to install."""

import importlib.abc
import sys

import pytest
from columba_consumers.importing.old_tables import OldTables
from columba_shared.errors import InvalidSetting, MissingExtra
from columba_shared.log.engine import connect
from columba_shared.log.portable import PortableWriter
from columba_shared.log.postgresql import PostgresWriter
from columba_shared.log.writer import writer_for


@pytest.mark.parametrize("url", ["", "columba", "nosuch://host/name", "postgresql+psycopg://host:port/name"])
def test_what_is_no_database_url_is_refused_by_the_settings_name(url: str) -> None:
    with pytest.raises(InvalidSetting, match="COLUMBA_DATABASE_URL"):
        connect(url)


def test_another_setting_is_named_when_it_holds_the_url() -> None:
    with pytest.raises(InvalidSetting, match="SHOP_DATABASE_URL"):
        connect("nonsense", setting="SHOP_DATABASE_URL")


@pytest.fixture
def no_drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent(importlib.abc.MetaPathFinder):
        def find_spec(self, fullname: str, *_: object) -> None:
            if fullname in {"psycopg", "pymysql"}:
                raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)

    for driver in ("psycopg", "pymysql"):
        monkeypatch.delitem(sys.modules, driver, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])


@pytest.mark.usefixtures("no_drivers")
@pytest.mark.parametrize(
    ("url", "extra"), [("postgresql+psycopg://host/name", "postgres"), ("mysql+pymysql://host/name", "mysql")]
)
def test_a_missing_driver_names_the_extra_that_brings_it(url: str, extra: str) -> None:
    with pytest.raises(MissingExtra, match=extra):
        connect(url)


@pytest.mark.usefixtures("no_drivers")
def test_so_it_does_where_the_url_of_an_old_database_is_typed() -> None:
    wanted = r"--from needs the driver psycopg; install columba-consumers\[postgres\]"
    with pytest.raises(MissingExtra, match=wanted):
        OldTables("postgresql+psycopg://host/name")


def test_a_password_is_not_told_by_the_engine() -> None:
    assert "secret" not in repr(connect("postgresql+psycopg://bob:secret@host/name"))


def test_postgresql_has_a_writer_of_its_own() -> None:
    assert isinstance(writer_for(connect("postgresql+psycopg://host/name")), PostgresWriter)
    assert type(writer_for(connect("sqlite:///columba.db"))) is PortableWriter
