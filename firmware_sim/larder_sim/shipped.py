"""The worlds and scenarios that come with Larder."""

from pathlib import Path


def _folders(kind: str) -> list[Path]:
    package = Path(__file__).resolve().parent  # in the wheel they lie in the package, in a checkout beside it
    return [folder / kind for folder in (package, package.parent)]


def find_shipped(name: str, kind: str) -> Path:
    """A path as given; otherwise the file of this name that comes with Larder. `kind` is "worlds" or "scenarios"."""
    path = Path(name)
    if path.is_file() or path.suffix or len(path.parts) != 1:
        return path
    candidates = [folder / f"{name}.toml" for folder in _folders(kind)]
    return next((candidate for candidate in candidates if candidate.exists()), path)


def names(kind: str) -> list[str]:
    """What comes with Larder."""
    return sorted({file.stem for folder in _folders(kind) if folder.is_dir() for file in folder.glob("*.toml")})
