"""A shop in Flask: whoever orders is told so exactly if the order is kept, and asked a minute later how it was."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from columba_producer import InvalidEvent, create_outbox
from columba_producer.flask import Columba
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The shop's tables."""


db = SQLAlchemy(model_class=Base)
columba = Columba(session=db.session)


class Order(Base):
    """What somebody wants."""

    __tablename__ = "shop_order"
    number: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    article: Mapped[str]


def create_app(config: Mapping[str, object] | None = None) -> Flask:
    """Return the shop; without a configuration it keeps its orders where Columba keeps its log."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{Path.cwd() / 'columba.db'}"
    app.config.from_prefixed_env()
    app.config.update(config or {})
    db.init_app(app)
    columba.init_app(app)
    with app.app_context():
        db.metadata.create_all(db.engine)
        create_outbox(db.engine)
    app.add_url_rule("/orders", view_func=order, methods=["POST"])
    app.add_url_rule("/orders/<int:number>", view_func=cancel, methods=["DELETE"])
    return app


def order() -> tuple[dict[str, Any], int]:
    """Keep an order; if its address is none, keep nothing."""
    wanted = Order(email=request.form["email"], article=request.form["article"])
    db.session.add(wanted)
    db.session.flush()
    facts = {"number": wanted.number, "article": wanted.article}
    try:
        columba.enqueue("order.confirmed", to=wanted.email, context=facts)
        minute = timedelta(minutes=1)
        columba.enqueue("order.rating", to=wanted.email, context=facts, defer_for=minute, key=f"order:{wanted.number}")
    except InvalidEvent as error:
        db.session.rollback()
        return {"error": str(error)}, 400
    db.session.commit()
    return facts, 201


def cancel(number: int) -> tuple[str, int]:
    """Forget an order, and ask nobody how it was."""
    found = db.session.get(Order, number)
    if found is None:
        return "", 404
    db.session.delete(found)
    columba.withdraw("order.rating", key=f"order:{number}")
    db.session.commit()
    return "", 204
