"""An app in Flask, for gunicorn: each request enqueues an event, and says in which process and how long that took.

Beside it a request that does nothing, and one that publishes with pika and nothing else, to compare with.
"""

import os
import threading
import time

import pika
from columba_producer import ColumbaError
from columba_producer.flask import Columba
from columba_shared.event import Lane
from columba_shared.topology import target_queue
from flask import Flask, Response

columba = Columba()


def create_app() -> Flask:
    """Return the app; it has published already before gunicorn forks, so that there is a connection to share."""
    app = Flask(__name__)
    columba.init_app(app)
    with app.app_context():
        columba.enqueue("app.started", to="bob@example.com")
    app.add_url_rule("/<int:number>", view_func=enqueue)
    app.add_url_rule("/idle/<int:number>", view_func=idle)
    app.add_url_rule("/bare/<int:number>", view_func=bare)
    return app


def enqueue(number: int) -> Response:
    """Enqueue one event; 503 when it was not taken."""
    began = time.perf_counter()
    try:
        event_id = columba.enqueue("request.made", to="bob@example.com", context={"number": number})
    except ColumbaError as error:
        return Response(f"{os.getpid()} {time.perf_counter() - began} {type(error).__name__} {error}", status=503)
    return Response(f"{os.getpid()} {time.perf_counter() - began} {event_id}")


def idle(number: int) -> Response:
    """Do nothing, to see how long a request takes without us."""
    return Response(f"{os.getpid()} 0 {number}")


class Bare(threading.local):
    """A connection of each thread, opened by its first request."""

    def __init__(self) -> None:
        connection = pika.BlockingConnection(pika.URLParameters(os.environ["COLUMBA_BROKER_URL"]))
        self.channel = connection.channel()
        self.channel.confirm_delivery()


_bare: list[Bare] = []


def bare(number: int) -> Response:
    """Publish 600 bytes to the queue that the events end in, and wait until the broker has them."""
    if not _bare:
        _bare.append(Bare())
    body = b"x" * 600
    _bare[0].channel.basic_publish(
        "", target_queue("email", Lane.NORMAL), body, pika.BasicProperties(delivery_mode=2), mandatory=True
    )
    return Response(f"{os.getpid()} 0 {number}")
