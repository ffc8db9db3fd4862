"""Starts the sock. Whatever runs comes last: nothing follows the event loop."""

from device import update

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
