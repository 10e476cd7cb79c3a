"""A small FTP server (RFC 959, passive mode) that takes files, save where it was told to answer something else."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from tests.services.ports import LOOPBACK

GREETING = "greeting"
STORED = "stored"
"""What the answer to the last byte is called in the table of answers; all others go by their commands."""

FULL = "full"
"""With an answer of this name, a file's bytes are not taken to their end."""

_USUAL: Final = {"FEAT": "211-has\r\n MLSD\r\n211 that", "USER": "331 and the password", "PASS": "230 welcome"}


@dataclass(slots=True)
class FtpSpeaker:
    """``answers`` are what it says instead of yes, by command; an empty one hangs up. ``files`` is what it has.

    `RNTO PATH` answers the renaming of this path alone; with ``overwrites`` off, nothing is put in another's place.
    """

    answers: Mapping[str, str]
    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    overwrites: bool = True
    taking: asyncio.Event = field(default_factory=asyncio.Event)
    """Bytes of files are read, and given, while it is set."""
    receiving: "set[asyncio.Task[None] | None]" = field(default_factory=set)
    commands: list[str] = field(default_factory=list)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client until it leaves, or until the one or the other hangs up."""
        conversation = _Conversation(self, writer)
        with suppress(ConnectionError):
            going = await conversation.say(GREETING, "220 columba.test")
            while going and (line := await reader.readline()):
                verb, _, rest = line.decode().strip().partition(" ")
                self.commands.append(verb)
                going = await conversation.obey(verb.upper(), rest)
        await conversation.end()


class _Bytes:
    """The connection for one file's bytes."""

    def __init__(self, speaker: FtpSpeaker) -> None:
        self._speaker = speaker
        self.connected: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        self.received: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take what comes until the client closes."""
        self.connected.put_nowait(writer)
        self._speaker.receiving.add(asyncio.current_task())
        await self._speaker.taking.wait()
        with suppress(ConnectionError):
            self.received.put_nowait(await reader.read())
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


class _Conversation:
    """One client's commands, and the connection for the bytes that it asked for."""

    def __init__(self, speaker: FtpSpeaker, writer: asyncio.StreamWriter) -> None:
        self._speaker = speaker
        self._writer = writer
        self._passive: asyncio.Server | None = None
        self._bytes = _Bytes(self._speaker)
        self._renaming = ""

    async def say(self, what: str, usual: str) -> bool:
        """Answer as usual or as told; False when that ends the conversation."""
        answer = self._speaker.answers.get(what, usual)
        if answer:
            # What is no UTF-8 is written as Python's escapes for such bytes.
            self._writer.write(f"{answer}\r\n".encode(errors="surrogateescape"))
            await self._writer.drain()
        return bool(answer) and not answer.startswith("421")

    async def obey(self, verb: str, rest: str) -> bool:
        """Do what a command asks for."""
        match verb:
            case "STOR":
                return await self._store(rest)
            case "QUIT":
                await self.say(verb, "221 goodbye")
                return False
            case "PASV":
                usual = f"227 entering passive mode ({await self._listen()})"
            case "RNFR":
                self._renaming, usual = rest, "350 and its new name"
            case "RNTO":
                return await self._rename(rest)
            case "MLSD" if "MLSD" not in self._speaker.answers:
                return await self._list(rest)
            case "RETR" if rest in self._speaker.files:
                return await self._give(self._speaker.files[rest])
            case _ if verb in self._speaker.answers:
                usual = ""
            case _:
                usual = self._about(verb, rest)
        return await self.say(verb, usual)

    async def end(self) -> None:
        """Hang up."""
        if self._passive is not None:
            self._passive.close()
        self._writer.close()

    def _about(self, verb: str, name: str) -> str:
        files = self._speaker.files
        match verb:
            case "DELE":
                return "250 gone" if files.pop(name, None) is not None else "550 none"
            case "SIZE":
                return f"213 {len(files[name])}" if name in files else "550 none"
            case "CWD" if name in files:
                return "550 a file"
            case _:
                return _USUAL.get(verb, "200 done")

    async def _rename(self, name: str) -> bool:
        files, special = self._speaker.files, f"RNTO {self._renaming}"
        if special in self._speaker.answers:
            return await self.say(special, "")
        if name in files and not self._speaker.overwrites:
            return await self.say("RNTO", "550 there is one")
        if "RNTO" not in self._speaker.answers:
            files[name] = files.pop(self._renaming)
        return await self.say("RNTO", "250 renamed")

    async def _store(self, name: str) -> bool:
        going = await self.say("STOR", "150 send it")
        if not going or "STOR" in self._speaker.answers:
            return going
        if FULL in self._speaker.answers:
            (await self._bytes.connected.get()).transport.abort()
            return await self.say(FULL, "")
        data = await self._bytes.received.get()
        # Whatever it says then: what came lies there.
        self._speaker.files[name] = data
        return await self.say(STORED, "226 got it")

    async def _list(self, folder: str) -> bool:
        start = f"{folder.rstrip('/')}/"
        inside = [name.removeprefix(start) for name in self._speaker.files if name.startswith(start)]
        lines = "".join(f"type=file;size=1; {name}\r\n" for name in inside if "/" not in name)
        return await self._give(lines.encode(errors="surrogateescape"))

    async def _give(self, content: bytes) -> bool:
        going = await self.say("GIVING", "150 here it is")
        writer = await self._bytes.connected.get()
        await self._speaker.taking.wait()
        writer.write(content)
        writer.write_eof()
        return going and await self.say("GIVEN", "226 that is all")

    async def _listen(self) -> str:
        if self._passive is not None:
            self._passive.close()
        self._bytes = _Bytes(self._speaker)
        self._passive = await asyncio.start_server(self._bytes.receive, LOOPBACK, 0)
        high, low = divmod(self._passive.sockets[0].getsockname()[1], 256)
        return f"{LOOPBACK.replace('.', ',')},{high},{low}"


@asynccontextmanager
async def ftp_speaker(**answers: str) -> AsyncIterator[FtpSpeaker]:
    """Give a server that listens."""
    speaker = FtpSpeaker(answers)
    speaker.taking.set()
    server = await asyncio.start_server(speaker.converse, LOOPBACK, 0)
    speaker.port = server.sockets[0].getsockname()[1]
    async with server:
        yield speaker
        speaker.taking.set()
        await asyncio.gather(*(task for task in speaker.receiving if task is not None))
