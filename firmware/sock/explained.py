"""What each setting is for, in a line: for people, so on hosts alone."""

ABOUT = {
    "name": "how the sock advertises itself, at most 10 bytes; empty: sock- and four hex digits of its own",
    "side": "the leg it is worn on: left, right or unset",
    "prescription": "what the sock should do: STANDARD:CLASS[:PROFILE] or custom:ankle=LOW-HIGH,...",
    "rate_Hz": "scans over all channels per second: 1, 2, 4, 5, 8, 10, 20, 25, 40, 50 or 100",
    "channels": "what is wired where: a list of [role, I2C address of the ADS1115, its input], and where it has its"
    " own, a gain and a data_rate; roles: ankle, calf, knee, reference, temperature",
    "gain": "gain of the ADS1115: 1, 2, 4, 8 or 16 for a full scale of 4.096, 2.048, 1.024, 0.512 or 0.256 V",
    "data_rate": "conversions per second of the ADS1115: 8, 16, 32, 64, 128, 250, 475 or 860",
    "wear_max_min": "minutes of wear after which the sock reminds to take it off, up to 10080 (a week); 0: never",
    "sleep_min": "minutes off the leg after which the sock sleeps and looks for pressure every 2 minutes, up to 10080;"
    " 0: never",
    "hydrate_min": "minutes between reminders to drink something, up to 10080; 0: never",
    "overnight": "remind when it is worn into the night, from half past eleven to six",
    "vibrate": "the motor moves when something is found at the leg: off, at a warning, or at a notice already",
    "battery_mAh": "capacity printed on the cell, so that status tells the hours left on it; 0: not known",
    "allow_unprotected": "stream without an encrypted and bonded link; can be set over the cable only, never over the"
    " air",
}
"""By key, in the order of the schema (`settings.SCHEMA`)."""
