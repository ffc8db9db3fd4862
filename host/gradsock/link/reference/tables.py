"""What stands in no source: what characteristics and keys of Info are for. A name that is new is missed at once."""

CHARACTERISTICS = {
    "HELLO": "JSON, open to all: `protocol` (a number) and `protection` (`none` or `bonded`). Nothing else is open",
    "INFO": "JSON of at most 512 bytes: what the sock is; see below",
    "LIVE": "blocks of samples, five scans each, and events; after START",
    "FIT": "JSON: the verdict and the findings of this moment, once a second",
    "JOURNAL": "what Record access reports: pieces of stored entries, and a trailer",
    "SETTINGS": "JSON. Read: all in force. Write: one patch, all of it or nothing; answered on Control",
    "CONTROL": "requests, and the answers to them",
    "RECORD_ACCESS": "count, report, delete, abort: the standard's 2A52 with operands of its own",
}
STANDARD = (
    ("180A", "2A24, 2A26", "read", "Device Information: model and firmware"),
    ("180F", "2A19", "read, notify", "Battery Level in percent; empty where the board cannot tell"),
    (
        "181A",
        "2A6D",
        "read, notify",
        "Environmental Sensing: per site one Pressure (u32, 0.1 Pa, never below 0; empty: not read), its site in 2901",
    ),
)
INFO = {
    "protocol": "version of this protocol; a client refuses one that is newer than it knows",
    "serial": "1 to 16 letters and digits; with `boot` and an index it names a sample for ever",
    "name": "as advertised, at most 10 bytes",
    "firmware": "its version",
    "board": "which board it is",
    "boot": "number of this power-on, from 1",
    "side": "`left`, `right` or `unset`",
    "rate_Hz": "scans per second",
    "prescription": "what the sock should do; null where Info would be too long: then it is in Settings",
    "calibration": "id of the calibration, null: none, and no pressures",
    "journal": (
        "what it keeps: [first entry, last entry, samples overwritten before anybody deleted them, samples that found"
        " no room, how full in percent]; null: nothing"
    ),
    "protection": "`bonded` or `none`, as Hello says; so every log tells it",
    "reset": "why it started last",
    "crash": "whether a crash was noted",
    "dropped": "live blocks that no host took in time, since it started",
    "missed": "scans not made in time, since it started",
    "channels": "per channel [role, I2C address, input, counts per step]; those at a site are the channels of blocks",
}
FIT = {
    "t": "ticks_ms of this verdict",
    "verdict": "one of the verdicts below",
    "descending": "share of the time with pressure falling from site to site, 0 to 1; null: too little evidence",
    "findings": "open ones, the weightiest first: [kind, site or null, level]; those that do not fit are left out",
    "reminder": "the reminder that stands, if one does; not about the leg",
}
REQUESTS = {
    "STOP": "no more live blocks; answered behind the last one",
    "MARK": "1 to 60 bytes of utf-8 text, one line",
    "TARE": "what is read in the next two seconds becomes the zero, if nothing presses",
    "NEW_SESSION": "what follows is another wear",
    "ALLOW_PAIRING": "somebody else may pair now, for two minutes",
}
"""What has no remark beside it, or more to say."""
RACP_OPERATORS = ("NULL", "ALL", "UP_TO", "FROM", "WITHIN", "FIRST", "LAST")
