"""The app under its old name: its rules are at work once Django is ready, and consumers know where files go."""

from django.apps import AppConfig
from django.conf import settings


class CarrierPigeonConfig(AppConfig):
    """Has no table of its own: that of the original stays as it is, and `columba import carrier-pigeon` reads it."""

    name = "carrier_pigeon"
    verbose_name = "Carrier Pigeon"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        """Register the classes that CARRIER_PIGEON_CLASSES names."""
        from carrier_pigeon.models import begin_anew_behind_model  # noqa: PLC0415 - models come after apps
        from carrier_pigeon.registry import register_config  # noqa: PLC0415 - as above

        for path in getattr(settings, "CARRIER_PIGEON_CLASSES", ()):
            register_config(path)
        begin_anew_behind_model()

    def columba_settings(self) -> dict[str, str]:
        """Return what consumers have to be told: where the push URLs lead, and how often they are tried."""
        from carrier_pigeon.places import all_places  # noqa: PLC0415 - as above
        from carrier_pigeon.registry import REGISTRY  # noqa: PLC0415 - as above

        told = {"FILES_DESTINATIONS": "; ".join(all_places(REGISTRY.values()))}
        attempts = getattr(settings, "CARRIER_PIGEON_MAX_PUSH_ATTEMPTS", None)
        return told if attempts is None else {**told, "FILES_MAX_ATTEMPTS": str(attempts)}
