"""The private servers themselves: apart from each other's tests, up again after a fault, and gone at the end."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pika
import psycopg
import pymysql
import pytest
from pika.exceptions import AMQPConnectionError, ChannelClosedByBroker
from sqlalchemy.engine import make_url

from tests.services.deadlines import wait_until
from tests.services.mariadb import MariaDB
from tests.services.postgres import Postgres
from tests.services.processes import members
from tests.services.rabbitmq import RabbitMQ

# 127.0.0.1 and ::1 as the kernel's tables write them.
LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
PROJECT = Path(__file__).parents[3]

# Starts a database under guard, tells where, and waits for the end that the test has in mind.
RUN = """
import sys
from tests.services.guard import guarded
from tests.services.services import Services
with guarded(Services.create()) as services:
    services.postgres.start()
    print(services.root, flush=True)
    sys.stdin.read()
"""


def test_a_virtual_host_hides_what_another_holds(rabbitmq: RabbitMQ) -> None:
    with rabbitmq.vhost() as first, rabbitmq.vhost() as second:
        with pika.BlockingConnection(pika.URLParameters(first)) as connection:
            connection.channel().queue_declare("mine")
        with pika.BlockingConnection(pika.URLParameters(second)) as connection, pytest.raises(ChannelClosedByBroker):
            connection.channel().queue_declare("mine", passive=True)


def test_a_virtual_host_is_gone_after_its_test(rabbitmq: RabbitMQ) -> None:
    with rabbitmq.vhost() as url:
        pika.BlockingConnection(pika.URLParameters(url)).close()
    with pytest.raises(AMQPConnectionError):
        pika.BlockingConnection(pika.URLParameters(url))


def test_a_killed_broker_keeps_its_virtual_hosts_when_it_starts_again(rabbitmq: RabbitMQ, amqp_url: str) -> None:
    rabbitmq.kill()
    with pytest.raises(AMQPConnectionError):
        pika.BlockingConnection(pika.URLParameters(amqp_url))
    rabbitmq.start()
    pika.BlockingConnection(pika.URLParameters(amqp_url)).close()


def test_the_broker_retries_dead_lettering_within_seconds(rabbitmq: RabbitMQ) -> None:
    asked = "application:get_env(rabbit, dead_letter_worker_publisher_confirm_timeout)"
    assert rabbitmq.eval(asked) == "{ok, 10000}"


def test_the_broker_listens_on_the_loopback_address_alone(rabbitmq: RabbitMQ) -> None:
    ours = {rabbitmq.port, rabbitmq.node_port, rabbitmq.register_port}
    assert {address for address, port in _listening() if port in ours} <= LOOPBACK
    assert {port for _, port in _listening()} >= ours


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_what_postgresql_committed_survives_a_restart(postgres: Postgres, postgres_url: str, mode: str) -> None:
    address = postgres_url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    postgres.restart("immediate" if mode == "immediate" else "fast")
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (42,)


def test_postgresql_starts_again_after_a_kill_under_an_open_connection(postgres: Postgres, postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        postgres.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    postgres.start()
    psycopg.connect(postgres_url.replace("+psycopg", "")).close()


def test_mariadb_starts_again_after_a_kill(mariadb: MariaDB, mariadb_url: str) -> None:
    mariadb.kill()
    mariadb.start()
    name = make_url(mariadb_url).database
    pymysql.connect(host="127.0.0.1", port=mariadb.port, user="root", database=name).close()


def test_the_databases_do_not_keep_utc(postgres_url: str, mariadb: MariaDB) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SHOW timezone").fetchone() == ("Asia/Kolkata",)
    with pymysql.connect(host="127.0.0.1", port=mariadb.port, user="root") as client, client.cursor() as cursor:
        cursor.execute("SELECT @@session.time_zone")
        assert cursor.fetchone() == ("+05:30",)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_the_servers_when_their_run_is_ended(end: signal.Signals) -> None:
    command = [sys.executable, "-c", RUN]
    with subprocess.Popen(  # noqa: S603 - ourselves
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as run:
        assert run.stdout is not None
        root = Path(run.stdout.readline().strip())
        server = int((root / "postgres" / "pid").read_text())
        assert server in members(root)
        assert server in _makers_of_shared_memory()
        os.kill(run.pid, end)
    wait_until(lambda: not root.exists(), within=timedelta(seconds=60))
    assert not any(members(root))
    assert server not in _makers_of_shared_memory()


def _listening() -> set[tuple[str, int]]:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    rows += [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    local = [row[1].split(":") for row in rows if row[3] == "0A"]
    return {(address, int(port, 16)) for address, port in local}


def _makers_of_shared_memory() -> set[int]:
    segments = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    return {int(segment[4]) for segment in segments}
