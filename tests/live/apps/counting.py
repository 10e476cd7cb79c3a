"""An app in Flask, for gunicorn: each request enqueues an event, and says in which process and how long that took."""

import os
import time

from columba_producer import ColumbaError
from columba_producer.flask import Columba
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
    return app


def enqueue(number: int) -> Response:
    """Enqueue one event; 503 when it was not taken."""
    began = time.perf_counter()
    try:
        event_id = columba.enqueue("request.made", to="bob@example.com", context={"number": number})
    except ColumbaError as error:
        return Response(f"{os.getpid()} {time.perf_counter() - began} {type(error).__name__}", status=503)
    return Response(f"{os.getpid()} {time.perf_counter() - began} {event_id}")


def idle(number: int) -> Response:
    """Do nothing, to see how long a request takes without us."""
    return Response(f"{os.getpid()} 0 {number}")
