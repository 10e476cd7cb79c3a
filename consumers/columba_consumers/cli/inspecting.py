"""What the settings' templates are found to be, for the commands that look at them without rendering."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from columba_consumers.cli.failure import Failure

if TYPE_CHECKING:
    from columba_shared.settings import Settings

    from columba_consumers.app import App
    from columba_consumers.rendering.inspection import Inspection


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """The templates, and the app that says the rest."""

    app: "App"
    found: "Inspection"
    targets: tuple[str, ...]


def inspected(settings: "Settings") -> Inspected:
    """Return what there is to say of the templates; raises Failure for a folder that is not there, and AppError."""
    from columba_consumers.app import App, load_app
    from columba_consumers.rendering.edition import Edition
    from columba_consumers.rendering.folder import read
    from columba_consumers.rendering.inspection import inspect
    from columba_consumers.rendering.settings import RenderingSettings
    from columba_consumers.targets.registry import Registry

    app = load_app(settings.app) if settings.app else App.empty()
    folder = settings.templates
    if not folder.is_dir() and not app.renderers:
        raise Failure(f"COLUMBA_TEMPLATES: there is no folder {folder}")
    rendering = RenderingSettings.of(settings)
    try:
        files = read(folder, known={})
    except OSError as error:
        raise Failure(f"COLUMBA_TEMPLATES: {error.filename or folder}: {error.strerror}") from error
    edition = Edition(files, folder=folder, limits=rendering.limits, fallback=rendering.fallback)
    parts = Registry(settings=settings, app=app).parts_of(settings.targets)
    return Inspected(app=app, found=inspect(edition, parts, app), targets=settings.targets)
