"""The same samples make the same findings, to the last digit, on every machine: a day's troubles as one number.

Run on a board's interpreter, `known` holds the number that the host made of them.
"""

import binascii

from sock import MISSING
from sock.state import pack
from synthetic import Wear


def digest():
    """A checksum over every verdict, finding and baseline, and over the whole state of the check at the end."""
    crc = 0
    for seed, prescription in ((3, "ral:II"), (4, "us:15-20")):
        wear = Wear(prescription, seed).don([2730, 1960, 1500]).go(70, swing=600)
        wear.check.mark(wear.t_ms, "smooth")
        wear.go(40, [2600, 1700, 1600], over_s=3).go(40, [2600, 1700, 2700], over_s=1)  # sits down, folds
        wear.go(30, [2730, 1960, 1500], over_s=2)
        wear.stuck[0] = 2730
        wear.go(12)
        wear.stuck[0] = -30000
        wear.go(5)
        wear.stuck[0] = None
        wear.go(20, swing=0).go(60, [3300, 2100, 900], over_s=20)  # slips
        wear.go(15, [3300, MISSING, 900]).go(20, [2730, 1960, 1500], over_s=2).go(30, [60, 20, 10], over_s=4)
        told = [str(wear.verdicts), str(wear.check.descending_permille)]
        for f in wear.closed + wear.check.open_findings():
            numbers = [f.evidence[name] for name in sorted(f.evidence)]
            told.append(f"{f.kind} {f.site} {f.level} {f.start_ms} {f.notified_ms} {f.end_ms} {numbers}")
        crc = binascii.crc32("\n".join(told).encode(), crc)
        crc = binascii.crc32(pack(wear.check, 1), crc)
    return crc


def test_what_is_found_is_what_the_host_finds():
    try:
        from known import DIGEST
    except ImportError:
        DIGEST = digest()  # on the host itself: twice the same
    assert digest() == DIGEST
