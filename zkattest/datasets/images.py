"""A folder of images: one sub-folder for each class, one row for each file; takes Pillow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from zkattest.datasets.blocks import Block, Cells
from zkattest.datasets.files import optional
from zkattest.errors import DataError, EmptyDataError, ShapeError, StorageError
from zkattest.frontend.fixed_point import FloatTensor

__all__ = ["ImageSource"]

ENDINGS: Final = frozenset(
    (".bmp", ".gif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
)
#: Pillow's modes of 8 bits a channel; deeper ones would be cut without a word.
_MODES: Final = frozenset(("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "LAB"))
_GREY: Final = frozenset(("1", "L", "LA"))


@dataclass(frozen=True)
class ImageSource:
    """Images ``[channels, height, width]``, floats: (pixel / 255 - mean) / deviation.

    Files are taken in the order of folders' names, then of their own. Images without sub-folders are
    unlabelled rows.

    Attributes:
        path: the folder.
        size: (height, width) to resize to (bilinear); None: all images have the same size already.
        grey: one channel (True), three (False), or as each file has it (None).
        mean, deviation: of each channel, or one number for all.
        label_name: of the target.
    """

    path: Path
    size: tuple[int, int] | None = None
    grey: bool | None = None
    mean: float | Sequence[float] = 0.0
    deviation: float | Sequence[float] = 1.0
    label_name: str = "class"
    feature_names: tuple[str, ...] = ()
    group_names: tuple[str, ...] = ()
    replayable: bool = True

    def __post_init__(self) -> None:
        optional("PIL", "images")
        if self.size is not None and (len(self.size) != 2 or min(self.size) < 1):
            raise DataError("The size of images is (height, width), both at least 1.")
        if not np.all(np.asarray(self.deviation, dtype=np.float64) > 0):
            raise DataError("The deviation of images is not positive.")
        _ = self.files

    @cached_property
    def files(self) -> list[tuple[str | None, Path]]:
        """Class and path of each image.

        Raises:
            EmptyDataError: there are none; DataError: a file that is no image, which would be left out.
        """
        if not self.path.is_dir():
            raise StorageError(f"{self.path} is no folder.", remedy="Check the path.")
        folders = sorted(entry for entry in self.path.iterdir() if entry.is_dir() and _shown(entry))
        loose = [(None, file) for file in self._images(self.path)]
        if loose and folders:
            raise DataError(
                f"{self.path} holds images beside its classes' folders.",
                remedy="Move them into a class's folder.",
            )
        found = [(folder.name, file) for folder in folders for file in self._images(folder)]
        if not (found or loose):
            raise EmptyDataError(
                f"{self.path} holds no images.", remedy="Give one sub-folder for each class."
            )
        return [*found, *loose]

    def _images(self, folder: Path) -> list[Path]:
        files = sorted(entry for entry in folder.iterdir() if not entry.is_dir() and _shown(entry))
        for file in files:
            if file.suffix.lower() not in ENDINGS:
                raise DataError(f"{self._name(file)} is no image.", remedy="Move other files elsewhere.")
        if folder != self.path and any(entry.is_dir() and _shown(entry) for entry in folder.iterdir()):
            raise DataError(
                f"{self._name(folder)} holds folders.", remedy="One level of folders: the classes."
            )
        return files

    @property
    def rows(self) -> int:
        """Files."""
        return len(self.files)

    def blocks(self, rows: int) -> Iterator[Block]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        for at in range(0, self.rows, rows):
            part = self.files[at : at + rows]
            images = [self._read(file) for _, file in part]
            for (_, file), image in zip(part, images, strict=True):
                if image.shape != images[0].shape:
                    raise ShapeError(
                        f"{self._name(file)} is an image of shape {image.shape}, "
                        f"{self._name(part[0][1])} one of {images[0].shape}.",
                        remedy="Choose a size to resize all to, and grey or not.",
                    )
            yield Block(np.stack(images), _labels(part), (), tuple(self._name(file) for _, file in part))

    def targets(self, rows: int) -> Iterator[tuple[Cells | None, tuple[Cells, ...]]]:
        """See :class:`zkattest.datasets.blocks.Source`."""
        yield _labels(self.files), ()

    def _read(self, file: Path) -> FloatTensor:
        from PIL import Image

        try:
            with Image.open(file) as image:
                if image.mode not in _MODES:
                    raise DataError(
                        f"{self._name(file)} has pixels of mode {image.mode}.",
                        remedy="Convert it to 8 bits a channel.",
                    )
                grey = image.mode in _GREY if self.grey is None else self.grey
                picture: Any = image.convert("L" if grey else "RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            raise DataError(f"{self._name(file)} cannot be read as an image.") from None
        if self.size is not None and picture.size != self.size[::-1]:
            picture = picture.resize(self.size[::-1], Image.Resampling.BILINEAR)
        pixels = np.asarray(picture, dtype=np.float64) / 255.0
        pixels = pixels[np.newaxis] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)
        found: FloatTensor = (pixels - self._channels(self.mean, pixels)) / self._channels(
            self.deviation, pixels
        )
        return found

    def _channels(self, numbers: float | Sequence[float], pixels: FloatTensor) -> FloatTensor:
        values = np.atleast_1d(np.asarray(numbers, dtype=np.float64))
        if values.shape not in ((1,), (len(pixels),)):
            raise DataError(f"Mean and deviation have {values.size} channels; the images have {len(pixels)}.")
        return values[:, None, None]

    def _name(self, file: Path) -> str:
        return file.relative_to(self.path).as_posix()


def _labels(files: list[tuple[str | None, Path]]) -> Cells | None:
    if files[0][0] is None:
        return None
    labels = np.empty(len(files), dtype=object)
    labels[:] = [name for name, _ in files]
    return labels


def _shown(entry: Path) -> bool:
    """Not one of the files that systems hide in folders."""
    return not entry.name.startswith(".") and entry.name != "Thumbs.db"
