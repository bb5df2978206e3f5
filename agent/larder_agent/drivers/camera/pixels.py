"""A JPEG as a small grey picture: luma and its spread, and the difference to another one. Needs Pillow, which is imported at the
first picture only (9.6 MB); it decodes at an eighth of the size, so that 4 megapixels cost what 65,000 would."""

from typing import NamedTuple

from larder_agent.drivers.camera.life import Look

WIDTH, HEIGHT = 64, 36
MOST_PIXELS = 48_000_000
"""Of the picture as sent: an 8K camera has 33 million. A picture of a few bytes can claim to be endless."""


class NoDecoder(Exception):
    """Pillow is not installed."""


class NoPicture(ValueError):
    """The bytes are no JPEG that can be decoded."""


class Grey(NamedTuple):
    """WIDTH x HEIGHT bytes of luma, rows from the top."""

    luma: bytes


def grey(jpeg: bytes) -> Grey:
    """Raises NoPicture, and NoDecoder without Pillow."""
    try:
        from PIL import Image
    except ImportError:
        raise NoDecoder from None
    from io import BytesIO

    try:
        with Image.open(BytesIO(jpeg), formats=("JPEG",)) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise NoPicture(f"{width} x {height}")
            picture.draft("L", (max(1, width // 8), max(1, height // 8)))
            small = picture.convert("L").resize((WIDTH, HEIGHT), Image.Resampling.BOX)
            return Grey(small.tobytes())
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NoPicture(str(error)) from None


def look(now: Grey, before: Grey | None) -> Look:
    count = len(now.luma)
    mean = sum(now.luma) / count
    spread = (sum(one * one for one in now.luma) / count - mean * mean) ** 0.5 if count else 0.0
    difference = None if before is None else sum(abs(a - b) for a, b in zip(now.luma, before.luma, strict=True)) / count
    return Look(mean, spread, difference)
