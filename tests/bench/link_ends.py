"""A link that ends at every single packet, from the first of a connection to the stream, in virtual time.

    python -m tests.bench.link_ends

After each the sock has to be found again, and to stream. `tests/e2e/test_radio_faults.py` does the same for a few.
"""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from gradsock.link.sim import VirtualSock
from gradsock.sim.conductor import run_virtual

from tests.e2e.test_radio_faults import end_links


async def _flash() -> Path:
    async with VirtualSock("demo") as sock:
        assert sock.board is not None
        return sock.board.folder


def main() -> None:
    """The count."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["GRADSOCK_HOME"] = home
        folder = asyncio.run(_flash())
        shutil.copytree(folder, Path(home) / "board")
        whole, ended = run_virtual(end_links(Path(home) / "board", 1))
    print(f"packets from connecting to the second block: {whole}; link ended at {len(ended)} of them,")
    print("each time the sock was found again and streamed, without a restart")


if __name__ == "__main__":
    main()
