"""Check every recording of a folder again under a prescription: one line each, and what was found.

python host/examples/recheck_folder.py [PRESCRIPTION] [FOLDER]
"""

import sys
from pathlib import Path

import gradsock


def main(prescription: str = "us:15-20", folder: str = "") -> None:
    """Each recording is checked for itself, so that a thousand of them are a map over a thousand files."""
    for file in sorted(Path(folder or gradsock.logs_folder()).rglob("*.parquet")):
        try:
            told = gradsock.check(file, prescription=prescription).as_dict()
        except gradsock.GradsockError as error:
            print(f"{file.stem}  {error}")
            continue
        found = ", ".join(f"{one['kind']} {one['site'] or ''}".strip() for one in told["findings"]) or "nothing found"
        print(f"{file.stem}  {told['duration_s'] / 3600:.1f} h  {found}")


if __name__ == "__main__":
    main(*sys.argv[1:])
