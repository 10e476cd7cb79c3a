"""Which receiver a destination needs."""

from columba_shared.settings.file_destinations import Destination

from columba_consumers.errors import TargetDown
from columba_consumers.targets.files.ftp.folder import FtpFolder
from columba_consumers.targets.files.local import LocalFolder
from columba_consumers.targets.files.receiver import Receiver


def receiver(destination: Destination) -> Receiver:
    """Return the receiver, which opens nothing yet; raises TargetDown where its library is not installed."""
    match destination.scheme:
        case "file":
            return LocalFolder(destination)
        case "ftp" | "ftps":
            return FtpFolder(destination)
        case "sftp":
            try:
                from columba_consumers.targets.files.sftp import SftpFolder  # noqa: PLC0415 - an extra
            except ImportError as error:
                reason = "sftp needs asyncssh: install columba-consumers[files]"
                raise TargetDown(reason, destination=destination.name) from error
            return SftpFolder(destination)
