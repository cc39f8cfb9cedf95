"""What the eye recognises with: the models and the gallery of this store, opened at the start, another gallery as soon as it is in use.

Without a gallery that fits, the eye still sees that something happened, which is worth much; without a model that is named it does not
start.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from models.store import ModelStore
from vision.backends.detector import open_detector
from vision.backends.embedder import open_embedder
from vision.enrolment.first_gallery import first_gallery
from vision.gallery_file import GalleryRefused, StoredGallery, trusted_keys
from vision.gallery_folder import GalleryFolder
from vision.pipeline.gallery import Gallery
from vision.ports import Detector
from vision.recogniser import Recogniser
from vision.settings import VisionSettings
from vision.types import Detection, Picture

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """``model``: name and version; ``gallery``: version in use, "" for none; ``trouble``: why there is none; ``before``: the version that
    one can go back to, "" for none."""

    model: str
    gallery: str
    products: int
    trouble: str = ""
    before: str = ""


class Forgiving:
    """A detector that finds nothing where the one it asks fails: hands are then told by their movement alone."""

    def __init__(self, asked: Detector) -> None:
        self._asked = asked
        self._failing = False

    def detect(self, pixels: Picture) -> list[Detection]:
        """What the other one finds. Logged when it begins to fail."""
        try:
            found = self._asked.detect(pixels)
        except Exception:  # whatever a model's runtime raises
            if not self._failing:
                log.exception("the detector of hands fails")
            self._failing = True
            return []
        self._failing = False
        return found


class Knowledge:
    """Opens the models at once; what is wrong with a gallery is in ``known``.

    Raises ModelRefused (models.manifest) with the reason, ValueError for a gallery key that is none.
    """

    def __init__(self, settings: VisionSettings) -> None:
        self._folder = GalleryFolder(settings.gallery, trusted_keys(settings.gallery_keys) or None)
        self._signed_only = bool(settings.gallery_keys)
        self._embedder_name = settings.embedder
        self._store = store = ModelStore(settings.models)
        self.embedder = open_embedder(settings.embedder, store, settings.providers, settings.threads)
        hands = _detector(settings.hand_detector, settings, store)
        self.hand_detector = Forgiving(hands) if hands is not None else None
        self.person_detector = _detector(settings.person_detector, settings, store)
        self._name: str | None = None
        self.recogniser: Recogniser | None = None
        self.known = Known(self.embedder.key, "", 0)
        self.look_again()

    def look_again(self) -> bool:
        """Take the gallery that is in use now. True where that is another one than before, or it became usable or unusable."""
        try:
            name = self._folder.in_use()
        except OSError as error:
            log.warning("the folder of galleries cannot be read", extra={"error": str(error)})
            return False
        if name == self._name:
            return False
        self._name = name
        try:
            stored = self._folder.current()
            self.recogniser = self._fitting(stored) if stored is not None else None
            trouble = "" if stored is not None else f"no product is enrolled in {self._folder.folder}; type: smartstore models enrol"
        except GalleryRefused as error:
            stored, self.recogniser, trouble = None, None, str(error)
        if stored is None:
            self.known = Known(self.embedder.key, "", 0, trouble)
            log.warning("nothing can be recognised, only that something happened", extra={"why": trouble})
        else:
            self.known = Known(self.embedder.key, str(stored.manifest.version), len(stored.gallery.products), before=self._before())
            log.info("gallery in use", extra={"version": stored.manifest.version, "products": len(stored.gallery.products)})
        return True

    @property
    def signed_only(self) -> bool:
        """Whether this store takes signed galleries only, so that none can be made here."""
        return self._signed_only

    def enrolled(self) -> Gallery:
        """The gallery that a product is to be added to: the one in use now, or an empty one. Raises GalleryRefused, ModelRefused."""
        recogniser = self.recogniser
        if recogniser is not None and self._folder.in_use() == self._name:
            return recogniser.gallery
        stored = self._folder.current()
        return first_gallery(self._store.read(self._embedder_name)) if stored is None else self._fitting(stored).gallery

    def take(self, gallery: Gallery) -> str:
        """Save ``gallery`` and have it used from the next ``look_again`` on; its version. Raises GalleryRefused, OSError."""
        made_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        stored = self._folder.save(gallery, made_at=made_at, model=self.embedder.key, model_sha256=self.embedder.sha256)
        return str(stored.manifest.version)

    def go_back(self) -> str:
        """Have the gallery used that was in use before, from the next ``look_again`` on; its version. Raises GalleryRefused, OSError."""
        return str(self._folder.roll_back().manifest.version)

    def _before(self) -> str:
        return str(int(name.partition("-")[0])) if (name := self._folder.before()) else ""

    def _fitting(self, stored: StoredGallery) -> Recogniser:
        """Raises GalleryRefused for a gallery of another model."""
        if stored.manifest.model_sha256 != self.embedder.sha256:
            raise GalleryRefused(
                f"gallery {stored.manifest.version} was enrolled with {stored.manifest.model}, this eye uses {self.embedder.key}; "
                "enrol the products again, or go back to that model"
            )
        try:
            return Recogniser(self.embedder, stored.gallery)
        except ValueError as error:
            raise GalleryRefused(str(error)) from error


def _detector(name: str, settings: VisionSettings, store: ModelStore) -> Detector | None:
    return open_detector(name, store, settings.providers, settings.threads) if name else None
