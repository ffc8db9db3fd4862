"""Starts the sock. Whatever runs comes last: nothing follows the event loop."""

from device import update

if update.finish():  # a new firmware was moved into place: begin with it
    import board

    board.reset()
elif not update.maintenance():
    del update  # a running sock does without it
    import asyncio

    from device.app import main

    asyncio.run(main())
