"""Record a sock for an hour, and tell how whole it is.

python host/examples/record_an_hour.py [SOCK] [SECONDS]
"""

import asyncio
import sys

import gradsock


async def main(moniker: str = "ble:", seconds: str = "3600") -> None:
    """Record, then look at what came of it."""
    try:
        wear = await gradsock.record(moniker, for_s=float(seconds))
    except gradsock.GradsockError as error:
        sys.exit(str(error))
    if wear is None:
        sys.exit("nothing came")
    print(f"{wear.id}: {len(wear):,} samples, {wear.account.lost:,} lost")
    for gap in wear.gaps:
        print(f"  gap: {gap.count:,} samples from {gap.first_index:,} of boot {gap.boot}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
