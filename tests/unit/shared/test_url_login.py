"""A password that was not encoded is refused with the fix, and nothing of it is shown."""

import pytest
from columba_shared.blobs.bucket_url import BucketUrl
from columba_shared.errors import InvalidSettings
from columba_shared.settings import Settings, parsers
from columba_shared.settings.base_url import base_url
from columba_shared.settings.file_destinations import destinations
from columba_shared.settings.files import FILES
from columba_shared.settings.smtp_accounts import smtp_accounts
from columba_shared.url_login import require_whole_login

READ = (
    (destinations, ("a=ftp", "a=ftps", "a=sftp")),
    (smtp_accounts, ("a=smtp", "a=smtps", "a=smtp+starttls")),
    (parsers.broker_url, ("amqp", "amqps")),
    (parsers.http_url, ("https",)),
    (base_url, ("https",)),
)


def test_a_password_that_is_cut_in_two_is_refused_by_every_kind_of_url() -> None:
    for parse, schemes in READ:
        for scheme in schemes:
            for rest in ("12/34@h", "12#34@h/in", "12?34@h:22/in", "12@/34@h", "1234@h/a@b", "x/34@h"):
                with pytest.raises(Exception, match=r"percent-encode / as %2F") as caught:
                    parse(f"{scheme}://user:{rest}")
                assert not any(part in str(caught.value) for part in ("12", "34"))


def test_what_belongs_to_no_login_is_left_alone() -> None:
    for url in ("ftp://user:p@ss@h/in", "ftp://h", "memory://", "s3://blobs/in", "sftp://u:12%2F34@h/a%40b?key=x"):
        require_whole_login(url)
    assert destinations("a=file:///srv/a@b")[0].folder == "/srv/a@b"


def test_the_setting_is_named() -> None:
    for name, scheme in (("COLUMBA_SMTP_URL", "smtps"), ("COLUMBA_BROKER_URL", "amqp")):
        with pytest.raises(InvalidSettings, match=f"{name}: .*%2F"):
            Settings.from_env({name: f"{scheme}://user:12/34@h"})
    with pytest.raises(InvalidSettings, match=r"COLUMBA_FILES_DESTINATIONS: the destination partner: .*%2F"):
        Settings.from_env({"COLUMBA_FILES_DESTINATIONS": "partner=sftp://user:12/34@h"}).own("files", FILES)


def test_a_bucket_takes_no_login_in_whatever_spelling() -> None:
    with pytest.raises(ValueError, match="takes no keys"):
        BucketUrl.parse("s3://blobs?endpoint=https://user:12/34@h")
