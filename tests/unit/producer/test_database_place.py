"""Two URLs of one database are known for that, and two that only look alike are not."""

from pathlib import Path

import pytest
from columba_producer.database_place import DatabasePlace, place_of_url


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "postgresql+psycopg://a:b@db.example.com/shop",
            "postgresql+asyncpg://c@DB.example.com:5432/shop?sslmode=require",
        ),
        ("postgresql://localhost/shop", "postgresql:///shop?host=/run/postgresql"),
        ("mysql+pymysql://a@127.0.0.1:3306/shop", "mariadb+asyncmy://b@localhost/shop"),
        ("postgresql://a@db/sh%20op", "postgres://a@db/sh op"),
        ("sqlite:///shop.db", f"sqlite+aiosqlite:///{Path.cwd()}/folder/../shop.db?timeout=5"),
    ],
)
def test_one_database_has_one_place(one: str, other: str) -> None:
    assert place_of_url(one) == place_of_url(other) is not None


@pytest.mark.parametrize(
    "other",
    [
        "postgresql://a@db/shop2",
        "postgresql://a@db2/shop",
        "postgresql://a@db:5433/shop",
        "mysql://a@db/shop",
        "postgresql://a@db:x/shop",
        "sqlite:///shop",
    ],
)
def test_another_has_another(other: str) -> None:
    assert place_of_url(other) != place_of_url("postgresql://a@db/shop") is not None


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_what_is_in_memory_is_nowhere(url: str) -> None:
    assert place_of_url(url) is None


def test_a_configuration_in_parts_has_the_place_of_its_url() -> None:
    given = DatabasePlace.of("postgresql", host="DB", port="5432", name="shop")
    assert given == place_of_url("postgresql://a:b@db/shop")
