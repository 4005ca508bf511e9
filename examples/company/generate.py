"""Write the exports of three days beside this file, or into a folder that is named."""

import sys
from pathlib import Path

from days import three_days


def main(folder: Path) -> None:
    """Write day1, day2 and day3 into the folder."""
    for number, directory in enumerate(three_days(), start=1):
        directory.export(folder / f"day{number}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
