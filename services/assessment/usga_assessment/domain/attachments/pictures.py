"""Pictures are drawn anew: only what can be seen stays, nothing that a camera wrote beside it."""

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps

from usga_assessment.domain.attachments.kinds import PICTURES

MOST_PIXELS = 40_000_000
"""Pictures of more are refused before they are unpacked; telephones make 12 to 50 million."""
_QUALITY = 90


class UnreadablePicture(Exception):
    """It is no picture of this type, it is broken, or it is too large to unpack."""


def redrawn(file: BinaryIO, media_type: str) -> bytes:
    """The picture with its pixels alone: no EXIF, no place, no comment, no thumbnail, no tail.

    It is turned as its camera said that it should be. Raises UnreadablePicture.
    """
    codec = PICTURES[media_type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of bombs: the size is looked at here
            picture = Image.open(file, formats=[codec])
            is_bounded = picture.width * picture.height <= MOST_PIXELS
            if is_bounded:
                picture.load()
                return _written(ImageOps.exif_transpose(picture), codec)
    except Exception as error:  # a decoder fails in many ways on hostile bytes
        raise UnreadablePicture from error
    raise UnreadablePicture


def _written(picture: Image.Image, codec: str) -> bytes:
    modes = {"JPEG": ("L", "RGB"), "PNG": ("1", "L", "LA", "RGB", "RGBA"), "WEBP": ("RGB", "RGBA")}
    if picture.mode not in modes[codec]:
        has_alpha = "A" in picture.getbands() or "transparency" in picture.info
        picture = picture.convert("RGBA" if has_alpha and codec != "JPEG" else "RGB")
    plain = Image.new(picture.mode, picture.size)
    plain.paste(picture)
    out = io.BytesIO()
    options = {} if codec == "PNG" else {"quality": _QUALITY}
    plain.save(out, codec, **options)
    return out.getvalue()
