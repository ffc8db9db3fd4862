"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Logs = Annotated[
    Path | None, Parameter(name="--logs", help="Folder of the recordings (default: GRADSOCK_LOGS, else yours).")
]
Json = Annotated[
    bool, Parameter(name="--json", negative="", show_default=False, help="One JSON document instead of text.")
]
Socks = Annotated[
    str,
    Parameter(
        help="ble:NAME, sim:SCENARIO or replay:ID-or-file[?speed=10]; none: the only sock that is near.",
    ),
]
For = Annotated[str | None, Parameter(name="--for", help="End after so long: 90s, 10m or 2h.")]
Cable = Annotated[str | None, Parameter(help="The serial port of its board; none: the one board that is connected.")]
Port = Annotated[str | None, Parameter(help="The sock on this serial port, instead of the air.")]
Physician = Annotated[
    bool,
    Parameter(
        negative="", show_default=False, help="A physician prescribed it: needed for a prescription of 20 mmHg or more."
    ),
]
Sock = Annotated[str, Parameter(help="ble:NAME or sim:SCENARIO; none: the only sock that is near.")]
Words = Annotated[
    str, Parameter(help="[SOCK] (ble:NAME or sim:SCENARIO; none: the only one near), then what is said above.")
]
Overwrite = Annotated[bool, Parameter(negative="", show_default=False, help="Replace a file that is there.")]
