"""What all pictures share: a sheet of paper, its colours, and how it is saved.

matplotlib's own figures are used without pyplot, so that no state is shared and no
screen is asked for. The same rows give the same bytes.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from journey.language import Language

INK = "#1f2a37"
BLUE = "#2f6f9f"
GREEN = "#3f8f5f"
AMBER = "#d08a2e"
RED = "#b5473c"
PALE = "#c9d3dc"

_FORMATS = (".svg", ".png")


def picture_format(file: Path) -> str:
    """The form that a file's name asks for. Raises ValueError unless it ends in .svg or .png."""
    if file.suffix.lower() not in _FORMATS:
        raise ValueError("a picture is a file named .svg or .png")
    return file.suffix.lower().removeprefix(".")


class Drawing:
    """One picture with one pair of axes; ``say`` speaks the reader's language."""

    def __init__(self, language: Language, *, width: float = 9.0, height: float = 5.0) -> None:
        self.say = language.say
        self._point = "," if language.code == "sv" else "."
        self.figure = Figure(figsize=(width, height), layout="constrained")
        self.axes: Axes = self.figure.add_subplot()
        for side in ("top", "right"):
            self.axes.spines[side].set_visible(False)
        self.axes.tick_params(colors=INK)

    def title(self, text: str) -> None:
        """The title, above the axes at their left."""
        self.axes.set_title(text, loc="left", color=INK, fontweight="bold")

    def decimal(self, number: float) -> str:
        """A number with the reader's own decimal sign."""
        return str(number).replace(".", self._point)

    def legend(self, columns: int = 4) -> None:
        """What each colour means, below the axes."""
        self.figure.legend(loc="outside lower left", ncols=columns, frameon=False)

    def save(self, file: Path) -> None:
        """Write it. Raises ValueError for another form than SVG or PNG, OSError as files do."""
        form = picture_format(file)
        with matplotlib.rc_context({"svg.hashsalt": "journey", "svg.fonttype": "none"}):
            metadata = {"Date": None} if form == "svg" else {"Software": None}
            self.figure.savefig(file, format=form, dpi=150, metadata=metadata)
