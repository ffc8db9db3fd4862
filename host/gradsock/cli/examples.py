"""What each command may be called with: the end of its help. A test parses every line; some it runs."""

EXAMPLES: dict[str, tuple[str, ...]] = {
    "demo": ("gradsock demo", "gradsock demo slipped"),
    "start": ("gradsock start", "gradsock start --again calibrate"),
    "scan": ("gradsock scan", "gradsock scan --for 10s --json"),
    "live": ("gradsock live", "gradsock live sim:left sim:right", "gradsock live replay:last?speed=10"),
    "record": ("gradsock record --for 10m", "gradsock record ble:sock-a1b2 ble:sock-c3d4"),
    "serve": ("gradsock serve", "gradsock serve sim:left sim:right --record"),
    "sync": ("gradsock sync", "gradsock sync ble:sock-a1b2"),
    "logs": ("gradsock logs", "gradsock logs show last", "gradsock logs verify --json"),
    "logs list": ("gradsock logs list --json",),
    "logs show": ("gradsock logs show last", "gradsock logs show last --json"),
    "logs verify": ("gradsock logs verify", "gradsock logs verify last"),
    "logs seal": ("gradsock logs seal",),
    "logs rebuild": ("gradsock logs rebuild",),
    "logs delete": ("gradsock logs delete 251122-1614-k7qm",),
    "report": ("gradsock report", "gradsock report today", "gradsock report 2026-11-04..2026-11-17 --out wear.html"),
    "export": ("gradsock export last --format csv", "gradsock export last --format edf --out study/"),
    "check": ("gradsock check last", "gradsock check wear.csv --prescription ral:II --json --fail-on notice"),
    "status": ("gradsock status", "gradsock status ble:sock-a1b2 --json"),
    "pair": ("gradsock pair", "gradsock pair ble:sock-a1b2 --passkey 123456"),
    "owners": ("gradsock owners", "gradsock owners ble:sock-a1b2 --remove 2"),
    "wipe": ("gradsock wipe ble:sock-a1b2",),
    "identify": ("gradsock identify --for 5s",),
    "mark": ('gradsock mark "walked 2 km"', "gradsock mark ble:sock-a1b2 smooth"),
    "ack": ("gradsock ack", "gradsock ack ble:sock-a1b2"),
    "snooze": ("gradsock snooze 2h", "gradsock snooze ble:sock-a1b2 0"),
    "reminders": ("gradsock reminders off", "gradsock reminders on"),
    "forget-baseline": ("gradsock forget-baseline",),
    "calibrate": (
        "gradsock calibrate",
        "gradsock calibrate sim:cuff --quick",
        "gradsock calibrate --bench --site calf",
    ),
    "recalibrate": ("gradsock recalibrate last --calibration sock-a1b2.json",),
    "tare": ("gradsock tare",),
    "rename": ("gradsock rename mine", "gradsock rename ble:sock-a1b2 mine"),
    "side": ("gradsock side", "gradsock side ble:sock-a1b2 left"),
    "prescription": ("gradsock prescription", "gradsock prescription us:15-20"),
    "leg": ("gradsock leg", "gradsock leg left ankle=22.5@10 calf=36@25"),
    "settings": (
        "gradsock settings",
        "gradsock settings get rate_Hz",
        "gradsock settings ble:sock-a1b2 set side=left rate_Hz=50",
    ),
    "doctor": ("gradsock doctor", "gradsock doctor --port /dev/ttyACM0", "gradsock doctor ble:sock-a1b2 --json"),
    "flash": (
        "gradsock flash --list",
        "gradsock flash --board SEEED_XIAO_ESP32S3 --set side=left",
        "gradsock flash --board SEEED_XIAO_ESP32S3 --dry-run",
    ),
    "completion": ("gradsock completion bash --install", "gradsock completion zsh > _gradsock"),
}


def epilogue(command: str) -> str:
    """The examples of a command as the last lines of its help."""
    return "\n".join(["Examples:", *(f"  {line}" for line in EXAMPLES[command])])
