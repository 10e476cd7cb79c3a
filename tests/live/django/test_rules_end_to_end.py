"""From a story that is saved to a file at a partner's, by FTP."""

from pathlib import Path
from typing import Final

from django.db import transaction
from django.test import override_settings

from tests.contract.cli.shell import Shell
from tests.live.django.press.models import Story, tables
from tests.services.file_servers import file_servers
from tests.services.needed import needed

_SETTINGS: Final = """
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "{database}"}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["columba_producer.django", "tests.live.django.press"]
SECRET_KEY = "x"
"""
_RULES: Final = ["tests.live.django.press.rules"]


def test_a_partner_gets_the_newest_words_of_what_is_online(sqlite: Path, tmp_path: Path) -> None:
    (tmp_path / "press_settings.py").write_text(_SETTINGS.format(database=sqlite))
    with tables(), override_settings(COLUMBA={"TARGETS": "files", "RULES": _RULES}), transaction.atomic():
        story = Story.objects.create(title="Pigeons", online=True)
        gone = Story.objects.create(title="Gone", online=True)
    Story.objects.filter(pk=gone.pk).update(online=False)
    Story.objects.filter(pk=story.pk).update(title="Doves & gulls")  # seen by nobody but who looks late
    with file_servers() as servers, needed():
        where = {
            "COLUMBA_APP": "columba_producer.django.consuming",
            "COLUMBA_DATABASE_URL": f"sqlite:///{sqlite}",
            "COLUMBA_FILES_DESTINATIONS": f"left={servers.url('vsftpd', 'news')}",
            "COLUMBA_TARGETS": "files",
            "DJANGO_SETTINGS_MODULE": "press_settings",
        }
        shell = Shell(folder=tmp_path, settings=where)
        folder = tmp_path / "templates" / "headlines.story"
        folder.mkdir(parents=True)
        (folder / "files.name.txt").write_text("story-{{ about.id }}.xml")
        (folder / "files.xml").write_text("<story>{{ about.title }}</story>")
        shell.run("up", "--once")
        files = {path.name: path.read_text() for path in (servers.files("vsftpd") / "news").iterdir()}
    assert files == {f"story-{story.pk}.xml": "<story>Doves &amp; gulls</story>"}
    assert f"story:{gone.pk} is gone" in shell.run("list").stdout
