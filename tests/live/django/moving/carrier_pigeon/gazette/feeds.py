"""The gazette's rules, as one writes them for django-carrier-pigeon."""

from carrier_pigeon.configuration import (
    DefaultConfiguration,
    MassPusherConfiguration,
    SequentialPusherConfiguration,
)
from carrier_pigeon.output_makers import BinaryOutputMaker, TemplateOutputMaker
from carrier_pigeon.packers import FlatPacker, ZIPPacker
from carrier_pigeon.supervisors import BaseSupervisor
from carrier_pigeon.validators.xml.wellformed import WellformedXmlValidator

from gazette.models import Photo, Story

ONLINE = 20
HOOKS = []


class StoryFile(TemplateOutputMaker):
    """The story's own file."""

    validators = (WellformedXmlValidator,)

    def get_extra_context(self):
        return {"number": Story.objects.count()}

    @property
    def final_file_name(self):
        return f"NEWS_{self.instance.pk}.xml"


class PhotoFile(BinaryOutputMaker):
    """The picture's."""

    relative_final_directory = "medias"

    @property
    def final_file_name(self):
        return f"{self.instance.pk}.jpg"


class StorySupervisor(BaseSupervisor):
    """Of stories."""

    def filter_by_instance_type(self):
        return self.instance.__class__ == Story

    def filter_by_updates(self):
        return any(name in self.instance._modified_attrs for name in ("state", "title"))

    def filter_by_state(self):
        if self.instance.title == "Trap":
            raise RuntimeError("a trap")
        return self.instance.state == ONLINE

    def get_output_makers(self):
        return [StoryFile(self.configuration, self.instance)]

    def get_related_items(self):
        return [self.instance.photo]

    def post_select(self, instance):
        HOOKS.append(instance.pk)


class PhotoSupervisor(BaseSupervisor):
    """Of pictures."""

    def get_output_makers(self):
        return [PhotoFile(self.configuration, self.instance, "original_file")]


class Partner(SequentialPusherConfiguration):
    """Gets every story that is online, as it is."""

    packer = FlatPacker

    def get_supervisor_for_item(self, item):
        if item.__class__ == Story:
            return StorySupervisor(self, item)
        if item.__class__ == Photo:
            return PhotoSupervisor(self, item)
        raise ValueError("none")


class ZipPartner(Partner):
    """Gets them as archives."""

    packer = ZIPPacker

    @property
    def archive_name(self):
        return "news.zip"


class Weekly(MassPusherConfiguration):
    """Gets all stories together."""

    packer = ZIPPacker

    def get_supervisor_for_item(self, item):
        if item.title == "Lost":
            raise LookupError("nobody is there for it")
        return StorySupervisor(self, item) if item.__class__ == Story else PhotoSupervisor(self, item)

    def get_items_to_push(self, state=ONLINE):
        return Story.objects.filter(state=int(state))


class Nowhere(Partner):
    """Has no push URL."""


class ReadmeConfig(DefaultConfiguration):
    """The filters on the configuration itself, as the README has them."""

    def filter_by_instance_type(self, instance):
        return instance._meta.object_name in ["Brief"] and instance._meta.app_label in ["gazette"]

    def filter_by_updates(self, instance):
        return "access" in instance._modified_attrs

    def filter_by_state(self, instance):
        return instance.access == 0

    def get_directory(self, instance):
        return "/test/"
