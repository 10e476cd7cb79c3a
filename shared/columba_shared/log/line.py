"""Lines: whoever stands in one is alone with what it is for until the transaction ends."""

from sqlalchemy import Connection, select

from columba_shared.log.insertion import insert_or_ignore
from columba_shared.log.tables import line


def stand_in_line(connection: Connection, name: str) -> None:
    """Wait for all others in this line; what is read afterwards is what they have written."""
    mine = select(line.c.name).where(line.c.name == name).with_for_update()
    if connection.execute(mine).one_or_none() is None:
        connection.execute(insert_or_ignore(connection.dialect.name, line), [{"name": name}])
        connection.execute(mine)
