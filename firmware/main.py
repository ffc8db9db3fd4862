"""Starts the sock. Whatever runs comes last: nothing follows the event loop."""

import os

try:  # after a power cut inside a rename, littlefs hides the folder's next file until the first change: ask for one
    os.remove("/none")
except OSError:
    pass
del os

from device import update  # noqa: E402

if update.finish():  # a firmware was moved into place: begin with it
    raise SystemExit
if not update.maintenance():
    del update  # a running sock does without it
    try:
        import asyncio

        from device import starting

        if starting.begin():
            from device.safe import main
        else:
            from device.app import main
        del starting
        asyncio.run(main())
    except Exception as error:
        from device import starting

        starting.failed(error)
