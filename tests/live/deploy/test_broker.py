"""RabbitMQ takes the files of deploy/ as they are."""

import json

import pytest
from columba_shared.publishing import BrokerAway
from columba_shared.publishing.connection import Access
from columba_shared.topology import Plan
from columba_shared.topology.declare import missing

from deploy.prepare import all_rights, user
from tests.live.deploy.installation import TARGETS, Installation


def test_the_node_runs_with_what_columba_relies_on(installation: Installation) -> None:
    wanted = {
        "queue_leader_locator": '<<"balanced">>',
        "cluster_partition_handling": "pause_minority",
        "consumer_timeout": "1800000",
        "auth_mechanisms": "['PLAIN']",
        "dead_letter_worker_publisher_confirm_timeout": "10000",
        "dead_letter_worker_consumer_prefetch": "256",
    }
    for name, value in wanted.items():
        assert installation.node.eval(f"application:get_env(rabbit, {name}) =:= {{ok, {value}}}") == "true", name


def test_the_node_knows_the_roles_and_nobody_else(installation: Installation) -> None:
    users = json.loads(installation.node.ctl("list_users", "--formatter", "json"))
    assert {each["user"] for each in users} == {user(role) for role in all_rights(TARGETS)}
    assert all(each["tags"] == [] for each in users)


def test_a_password_can_be_changed_while_the_node_runs(installation: Installation) -> None:
    before = installation.url_of_role("topology")
    (installation.secrets / "broker_url_topology").unlink()
    installation.make_secrets()
    installation.node.definitions.write_text(installation.secret("rabbitmq_definitions"))
    installation.node.ctl("import_definitions", str(installation.node.definitions))
    installation.run("topology", "topology", "check")
    with pytest.raises(BrokerAway, match="ACCESS_REFUSED"):
        missing(Plan.for_targets(TARGETS), Access.to(before))
