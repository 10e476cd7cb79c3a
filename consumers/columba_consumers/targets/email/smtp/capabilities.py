"""What a server can do, as it says in reply to EHLO."""

from msgspec import Struct

from columba_consumers.targets.email.smtp.reply import Reply


class Capabilities(Struct, frozen=True, kw_only=True):
    """The extensions that matter to us; ``size`` None means not announced, 0 means no fixed limit."""

    starttls: bool = False
    pipelining: bool = False
    eight_bit: bool = False
    smtputf8: bool = False
    size: int | None = None
    auth: frozenset[str] = frozenset()

    @classmethod
    def from_ehlo(cls, reply: Reply) -> "Capabilities":
        """Read the reply; what is not understood is not there."""
        words: dict[str, list[str]] = {}
        for line in reply.lines[1:]:
            keyword, *parameters = line.decode("ascii", errors="replace").upper().replace("AUTH=", "AUTH ").split() or [
                ""
            ]
            words.setdefault(keyword, []).extend(parameters)
        return cls(
            starttls="STARTTLS" in words,
            pipelining="PIPELINING" in words,
            eight_bit="8BITMIME" in words,
            smtputf8="SMTPUTF8" in words,
            size=_size(words["SIZE"]) if "SIZE" in words else None,
            auth=frozenset(words.get("AUTH", ())),
        )


def _size(parameters: list[str]) -> int:
    return int(parameters[0]) if parameters and parameters[0].isdecimal() else 0
