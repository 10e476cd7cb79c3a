"""A shop in FastAPI: whoever orders is told so exactly if the order is kept, and asked a minute later how it was."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated

from columba_producer import InvalidEvent, create_outbox
from columba_producer.fastapi import Columba, State, columba_of
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

DATABASE = "sqlite+aiosqlite:///columba.db"
"""The shop keeps its orders where Columba keeps its log, unless SHOP_DATABASE_URL says otherwise."""
router = APIRouter()


class Base(DeclarativeBase):
    """The shop's tables."""


class Order(Base):
    """What somebody wants."""

    __tablename__ = "shop_order"
    number: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    article: Mapped[str]


class Wanted(BaseModel):
    """An order as it comes in."""

    email: str
    article: str


def create_app(columba: Columba | None = None, database: str | None = None) -> FastAPI:
    """Return the shop."""
    columba = columba or Columba()
    url = database or os.environ.get("SHOP_DATABASE_URL", DATABASE)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        app.state.engine = engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with engine.connect() as connection:
            await connection.run_sync(lambda each: create_outbox(each.engine))
        async with columba.lifespan(app) as state:
            yield state
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)
    app.include_router(router)
    return app


async def session_of(request: Request) -> AsyncIterator[AsyncSession]:
    """Lend a request's session."""
    async with AsyncSession(request.app.state.engine) as session:
        yield session


@router.post("/orders", status_code=201)
async def order(
    wanted: Wanted,
    session: Annotated[AsyncSession, Depends(session_of)],
    columba: Annotated[Columba, Depends(columba_of)],
) -> dict[str, int | str]:
    """Keep an order; if its address is none, keep nothing."""
    new = Order(email=wanted.email, article=wanted.article)
    session.add(new)
    await session.flush()
    facts: dict[str, int | str] = {"number": new.number, "article": new.article}
    outbox, later = columba.outbox(session), timedelta(minutes=1)
    try:
        await outbox.enqueue("order.confirmed", to=new.email, context=facts)
        await outbox.enqueue("order.rating", to=new.email, context=facts, defer_for=later, key=f"order:{new.number}")
    except InvalidEvent as error:
        raise HTTPException(400, str(error)) from error
    await session.commit()
    return facts


@router.delete("/orders/{number}", status_code=204)
async def cancel(
    number: int,
    session: Annotated[AsyncSession, Depends(session_of)],
    columba: Annotated[Columba, Depends(columba_of)],
) -> None:
    """Forget an order, and ask nobody how it was."""
    found = await session.get(Order, number)
    if found is None:
        raise HTTPException(404)
    await session.delete(found)
    await columba.outbox(session).withdraw("order.rating", key=f"order:{number}")
    await session.commit()
