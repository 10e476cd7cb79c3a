"""One login on an FTP server, and what is done there; used by one thread at a time."""

import ftplib
import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from columba_shared.settings.file_destinations import Destination

from columba_consumers.errors import Permanent, Temporary
from columba_consumers.targets.files.ftp.checksums import Checksum, agreed, asked, expected, offered
from columba_consumers.targets.files.ftp.connections import ERRORS, TIMEOUT_SECONDS, connection
from columba_consumers.targets.files.ftp.listing import Line, is_missing, listed, moment
from columba_consumers.targets.files.ftp.steps import Health, Step
from columba_consumers.targets.files.packing import PackedFile
from columba_consumers.targets.files.receiver import Entry
from columba_consumers.targets.ftp import Phase, refusal

_FRESH_SECONDS: Final = 1.0
"""So long after its last answer a server is believed to be still there."""


class FtpSession:
    """Raises DeliveryError, and nothing else on purpose; after one that is not Permanent it brings no more files."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._ftp = connection(destination)
        self._checksum: Checksum | None = None
        self._machine_lists = False
        self._has_size = True
        self._health = Health()
        self._steps = {phase: Step(phase, destination, self._health) for phase in Phase}
        self.root = ""
        """The destination's folder, as an absolute path."""

    def open(self) -> None:
        """Connect and log in."""
        at = self._destination
        with self._during(Phase.GREETING):
            self._ftp.connect(at.host, at.port, TIMEOUT_SECONDS)
            self._ftp.must_be_whole()
        if isinstance(self._ftp, ftplib.FTP_TLS) and not at.implicit:
            with self._during(Phase.TLS):
                self._ftp.auth()
        with self._during(Phase.LOGIN):
            # FTP_TLS would say AUTH by itself, and once more.
            ftplib.FTP.login(self._ftp, at.user, at.password or "")
            if isinstance(self._ftp, ftplib.FTP_TLS):
                self._ftp.prot_p()
            self._learn()
            self._ftp.voidcmd("TYPE I")
            home = self._ftp.pwd()
            if not home and not at.folder.startswith("/"):
                raise ftplib.error_proto("PWD names no folder")
        self.root = at.folder if at.folder.startswith("/") else _joined(home, at.folder)

    @property
    def is_usable(self) -> bool:
        """Whether anything can still be asked, as far as we know."""
        return not (self._health.is_broken or self._ftp.is_cut)

    def is_alive(self) -> bool:
        """Tell whether the server still answers; it is asked only if it was silent for a while."""
        if not self.is_usable or time.monotonic() - self._health.answered_at < _FRESH_SECONDS:
            return self.is_usable
        try:
            self._ftp.voidcmd("NOOP")
        except ERRORS:
            return False
        self._health.answered_at = time.monotonic()
        return True

    def make(self, directory: str) -> str:
        """Make a folder under the root, and those above it, where they are missing; return its path."""
        path = _joined(self.root, directory)
        with self._during(Phase.PREPARE):
            if self._enters(path):
                return path
            steps = path.strip("/").split("/")
            for number in range(1, len(steps) + 1):
                step = "/" + "/".join(steps[:number])
                if self._enters(step):
                    continue
                try:
                    self._ftp.mkd(step)
                except ftplib.error_perm:
                    if not self._enters(step):  # which another has made in the meantime
                        raise
        return path

    def store(self, file: PackedFile, path: str) -> str:
        """Write a file under this path and verify it; return how."""
        with self._during(Phase.STORE):
            self._ftp.write(path, file.blocks())
            return self._verified(file, path)

    def renamed(self, path: str, final: str) -> Permanent | None:
        """Give a file another name; return what the server has against that name, None: it has it.

        What it has against the file itself is raised.
        """
        if self._ftp.is_cut:
            with self._during(Phase.STORE):
                self._ftp.must_be_whole()
        with self._during(Phase.FINAL):
            # Both at once saves the way there and back: where the first is refused, so is the second.
            self._ftp.tell(f"RNFR {path}", f"RNTO {final}")
            try:
                self._ftp.getresp()
            except ftplib.Error:
                with suppress(ftplib.Error):
                    self._ftp.getresp()
                raise
            try:
                self._ftp.voidresp()
            except ftplib.error_perm as error:
                refused = refusal(Phase.FINAL, str(error), destination=self._destination.name)
                if isinstance(refused, Permanent):
                    return refused
                raise
        return None

    def is_file(self, path: str) -> bool:
        """Tell whether there is a file of this name, and not a folder, for which some servers have a size too."""
        with self._during(Phase.PREPARE):
            return self._is_there(path) and not self._enters(path)

    def remove(self, path: str) -> None:
        """Remove a file; one that is gone is removed already."""
        try:
            with self._during(Phase.PREPARE):
                self._ftp.delete(path)
        except Permanent:
            if self._is_there(path):
                raise

    def names(self, path: str) -> list[str]:
        """Return the names of the files in a folder."""
        return [line.name for line in self._listed(path) if not line.is_folder]

    def entries(self) -> Iterator[Entry]:
        """Yield every file under the root; one that is missing has none."""
        try:
            with self._during(Phase.PREPARE):
                self._ftp.cwd(self.root)
        except Permanent:
            if is_missing(self.root, self._listed):
                return
            raise
        waiting = [""]
        while waiting:
            directory = waiting.pop()
            for line in self._listed(_joined(self.root, directory)):
                place = f"{directory}/{line.name}" if directory else line.name
                if line.is_folder:
                    waiting.append(place)
                else:
                    yield self._entry(place, line)

    def sha256(self, path: str) -> str:
        """Return the hash of a file, by the server if it makes such ones, else by reading it all."""
        with self._during(Phase.PREPARE):
            if self._checksum is not None and self._checksum.algorithm == "sha256":
                told = asked(self._ftp, self._checksum, path)
                if told is not None:
                    return told
            return self._read(path)

    def close(self) -> None:
        """Say goodbye and hang up."""
        with suppress(*ERRORS):
            self._ftp.quit()
        self.hang_up()

    def hang_up(self) -> None:
        """Let go without a word: nobody may be listening."""
        self._ftp.close()

    def abort(self) -> None:
        """Hang up, whatever a thread is doing with it, or is about to: that one gets an error."""
        self._ftp.cut()

    def _learn(self) -> None:
        """Ask what the server can; one that does not know the question can little."""
        try:
            features = [line.strip() for line in self._ftp.sendcmd("FEAT").splitlines()[1:-1]]
        except ftplib.error_perm:
            return
        names = {line.split()[0].upper() for line in features if line}
        self._machine_lists = bool(names & {"MLSD", "MLST"})
        if self._destination.check == "server":
            self._checksum = agreed(self._ftp, offered(features))
        if "UTF8" in names:
            with suppress(ftplib.error_perm):
                self._ftp.sendcmd("OPTS UTF8 ON")

    def _verified(self, file: PackedFile, path: str) -> str:
        size = self._size(path)
        if size is not None and size != file.size:
            raise Temporary(f"{file.place}: the server has {size:,} bytes, and {file.size:,} were sent")
        how = "not verified: the server has no SIZE" if size is None else "size verified"
        found = None
        if self._destination.check == "read":
            found, wanted, how = self._read(path), file.sha256, "read back"
        elif self._checksum is not None:
            found, wanted = asked(self._ftp, self._checksum, path), expected(file, self._checksum)
            if found is None:
                self._checksum = None
            else:
                how = f"{self._checksum.command} verified"
        if found is not None and found != wanted:
            raise Temporary(f"{file.place}: what the server has is not what was sent (checksum {found})")
        return how

    def _size(self, path: str) -> int | None:
        if not self._has_size:
            return None
        try:
            return self._ftp.size(path)
        except ftplib.error_perm as error:
            if not str(error).startswith(("500", "502")):
                raise Temporary(f"{path}: {error} (in reply to SIZE)") from error
            self._has_size = False
            return None

    def _is_there(self, path: str) -> bool:
        """Tell it by SIZE, of which only "no such file" is believed, else by the listing of the folder."""
        with self._during(Phase.PREPARE):
            try:
                if self._ftp.size(path) is not None:
                    return True
            except ftplib.error_perm as error:
                if str(error).startswith("550"):
                    return False
            return not is_missing(path, self._listed)

    def _enters(self, path: str) -> bool:
        try:
            self._ftp.cwd(path)
        except ftplib.error_perm:
            return False
        return True

    def _listed(self, path: str) -> list[Line]:
        with self._during(Phase.PREPARE):
            # ftplib turns to text for a listing, and stays there.
            try:
                lines = listed(self._ftp, path, machine=self._machine_lists)
            except ftplib.error_perm:
                self._ftp.voidcmd("TYPE I")
                raise
            self._ftp.voidcmd("TYPE I")
            return lines

    def _entry(self, place: str, line: Line) -> Entry:
        changed_at = line.changed_at
        if changed_at is None:
            with self._during(Phase.PREPARE):
                changed_at = moment(self._ftp.sendcmd(f"MDTM {_joined(self.root, place)}").partition(" ")[2])
        return Entry(place=place, size=line.size, changed_at=changed_at)

    def _read(self, path: str) -> str:
        digest = hashlib.sha256()
        for block in self._ftp.read(path):
            digest.update(block)
        return digest.hexdigest()

    def _during(self, phase: Phase) -> Step:
        return self._steps[phase]


def _joined(folder: str, directory: str) -> str:
    return f"{folder.rstrip('/')}/{directory}" if directory else folder
