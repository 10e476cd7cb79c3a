"""What creators raise, by its old names."""


class NotificationSystemError(Exception):
    """Whatever can be wrong."""


class NotificationsNotCreated(NotificationSystemError):
    """There were all of them already."""


class NotificationNotSent(NotificationSystemError):
    """Nobody can be told."""


class UserIsOptedOut(NotificationNotSent):
    """The user does not want to be told."""

    def __init__(self) -> None:
        super().__init__("User is opted out")


class UserHasNoTargetRecords(NotificationNotSent):
    """There is no address in use by which to tell the user."""

    def __init__(self) -> None:
        super().__init__("User has no active targets")
