"""The page: what somebody needs who writes a client of their own, in the order in which a client needs it."""

import textwrap
from collections.abc import Iterable, Iterator

from sock import asking, event, event_reader, fetching, fit, header, protocol, records, reminders
from sock.finding import LEVEL_NAMES
from sock.predictor import DOUBLED, LIMITS, LOW_BITS

from gradsock.flash.firmware import HOUSE
from gradsock.link.reference import prose, samples, source, tables

PAGE = HOUSE / "host" / "docs" / "protocol.md"
NOTE = "<!-- made by: python -m gradsock.link.reference -->"


def page() -> str:
    """The whole page."""
    parts = (
        _head,
        _connecting,
        _characteristics,
        _info,
        _control,
        _fit,
        _blocks,
        _bits,
        _events,
        _context,
        _records,
        _versions,
    )
    return "\n\n".join([NOTE, *("\n".join(part()) for part in parts)]) + "\n"


def _head() -> Iterator[str]:
    yield from _words(prose.HEAD.replace("{version}", str(protocol.PROTOCOL_VERSION)))


def _connecting() -> Iterator[str]:
    yield from _words(
        prose.CONNECTING.replace("{service}", protocol.SERVICE_UUID).replace("{mtu}", str(protocol.MTU_MIN))
    )


def _characteristics() -> Iterator[str]:
    yield "## Characteristics"
    yield ""
    yield "| name | id | properties | use |"
    yield "| --- | --- | --- | --- |"
    for name, properties in source.characteristics():
        uuid = str(getattr(protocol, f"{name}_UUID"))
        yield f"| {name.replace('_', ' ').capitalize()} | `{uuid}` | {properties} | {tables.CHARACTERISTICS[name]} |"
    for service, characteristic, properties, use in tables.STANDARD:
        yield f"| service {service} | {characteristic} | {properties} | {use} |"
    yield ""
    yield from _words(prose.WRITING)


def _info() -> Iterator[str]:
    keys = source.keys_of_info()
    if keys != set(tables.INFO):
        raise ValueError(f"Info has other keys than are told here: {sorted(keys ^ set(tables.INFO))}")
    yield "## Info"
    yield ""
    yield from _table(("key", "meaning"), ((f"`{key}`", told) for key, told in tables.INFO.items()))


def _control() -> Iterator[str]:
    yield "## Control"
    yield ""
    yield from _words(source.docstring("sock/protocol").split("\n", 1)[1].partition("All integers")[0])
    yield ""
    requests = source.between("sock/protocol", "START", "WIPE")
    rows = [(c.name, str(c.value), tables.REQUESTS.get(c.name) or c.remark) for c in requests]
    yield from _table(("request", "opcode", "payload and meaning"), rows)
    yield ""
    results = source.between("sock/protocol", "OK", "NOT_SUPPORTED")
    yield from _table(
        ("result", "value", "in words"), ((c.name, str(c.value), asking.RESULT_TEXT[c.value]) for c in results)
    )
    yield ""
    delay_ms = protocol.PROBE_DELAY_MAX_MS - 1
    yield from _words(prose.ANSWERS.replace("{delay}", str(delay_ms)).replace("{none}", f"0x{protocol.NO_MINUTE:X}"))
    yield ""
    yield from _example("A probe", samples.a_probe())


def _fit() -> Iterator[str]:
    yield "## Fit"
    yield ""
    yield from _table(("key", "meaning"), ((f"`{key}`", told) for key, told in tables.FIT.items()))
    yield ""
    verdicts = dict.fromkeys([*(row[0] for row in fit.VERDICTS), fit.GOOD])
    kinds = dict.fromkeys(row[1] for row in fit.VERDICTS if row[1])
    yield f"Verdicts: {_names(verdicts)}."
    yield "Without a calibration it is `inconclusive`."
    yield f"Kinds of findings: {_names(kinds)}."
    yield f"Levels: {_names(LEVEL_NAMES[1:])}. Reminders: {_names(reminders.KINDS)}."
    yield ""
    yield from _example("A fold", samples.a_fit())


def _blocks() -> Iterator[str]:
    yield "## Blocks of samples"
    yield ""
    yield from _layout(source.docstring("sock/header"))
    yield ""
    flag = source.constants("sock/header")["UNSCANNED"]
    yield from _words(prose.BLOCKS)
    yield f"Flag {flag.value}, {flag.name}: {flag.remark.removeprefix('Flag: ')}"
    yield ""
    yield from _example("A block of five scans", samples.a_block())
    yield ""
    yield "Pressure under a channel's calibration (below), in integers that never leave 31 bits:"
    yield ""
    yield from _code(prose.PRESSURE, "text")


def _bits() -> Iterator[str]:
    yield "### The bits of a block"
    yield ""
    yield from _words(source.docstring("sock/encoder").split("\n\n", 1)[1])
    yield ""
    yield from _words(source.docstring("sock/predictor"))
    yield ""
    yield "By level: k (low bits), d (doubled words), and the mean |error| in 1/64 step at which the next level begins."
    yield ""
    rows = [
        (str(at), str(k), str(d), str(limit))
        for at, (k, d, limit) in enumerate(zip(LOW_BITS, DOUBLED, LIMITS, strict=True))
    ]
    yield from _table(("level", "k", "d", "limit"), rows)
    yield ""
    yield "What is expected, and how it is read, as the code has it:"
    yield ""
    constants = source.constants("sock/predictor").values()
    yield from _code(
        "\n".join(f"{c.name} = {c.value}" for c in constants) + "\n\n\n" + source.code("sock/predictor", "Predictor"),
        "python",
    )
    yield ""
    yield from _code(
        f"ESCAPE = {source.constants('sock/encoder')['ESCAPE'].value}\n\n\n"
        + source.code("sock/decoder", "decode", "ChannelDecoder"),
        "python",
    )


def _events() -> Iterator[str]:
    yield "## Events"
    yield ""
    yield from _layout(source.docstring("sock/event"))
    yield ""
    rows = []
    for constant in source.between("sock/event", "MARK", "WARMTH"):
        rows.append((str(constant.value), event_reader.KIND_NAMES[constant.value], constant.remark or "-"))
    yield from _table(("kind", "name", "payload"), rows)
    yield ""
    yield "The sequence numbers the events of a boot from 0. A kind that you do not know: keep its bytes, and go on."
    yield ""
    yield from _example("A mark", samples.an_event())


def _context() -> Iterator[str]:
    yield "## Context: what it takes to read the samples"
    yield ""
    yield from _words(prose.CONTEXT)
    yield ""
    yield from _code(prose.CALIBRATION, "text")
    yield ""
    yield from _words(prose.STATE)


def _records() -> Iterator[str]:
    yield "## Record access: what the sock kept"
    yield ""
    yield from _layout(source.docstring("sock/records"))
    yield ""
    opcodes = source.between("sock/records", "REPORT", "RESPONSE")
    filters = source.between("sock/records", "ENTRIES", "EVENTS")
    yield from _table(
        ("opcode", "value", "operator", "value", "filter", "value"),
        (
            (
                opcodes[at].name if at < len(opcodes) else "",
                str(opcodes[at].value) if at < len(opcodes) else "",
                name,
                str(getattr(records, name)),
                filters[at].name if at < len(filters) else "",
                str(filters[at].value) if at < len(filters) else "",
            )
            for at, name in enumerate(tables.RACP_OPERATORS)
        ),
    )
    yield ""
    codes = source.between("sock/records", "SUCCESS", "FILTER_NOT_SUPPORTED")
    rows = [
        (c.name, str(c.value), fetching.RESPONSE_TEXT[c.value] + (f": {c.remark}" if c.remark else "")) for c in codes
    ]
    yield from _table(("response code", "value", "meaning"), rows)
    yield ""
    yield "Delete only what is safe where you are: deleting is how a sock learns that a host has it."
    yield ""
    yield from _example("Counting, then one entry in two notifications", samples.a_fetch())


def _versions() -> Iterator[str]:
    yield "## Versions"
    yield ""
    told = prose.VERSIONS.replace("{protocol}", str(protocol.PROTOCOL_VERSION))
    yield from _words(told.replace("{block}", f"0x{header.TAG:02X}").replace("{event}", f"0x{event.TAG:02X}"))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    head = list(head)
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _names(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _words(text: str) -> Iterator[str]:
    yield from text.strip().splitlines()


def _layout(docstring: str) -> Iterator[str]:
    """A module's docstring without its first line; what is indented there is a layout, and stays in columns."""
    for at, paragraph in enumerate(docstring.split("\n\n")[1:]):
        if at:
            yield ""
        if paragraph.startswith("    "):
            yield from _code(textwrap.dedent(paragraph), "text")
        else:
            yield from paragraph.splitlines()


def _example(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"{title}:"
    yield ""
    yield from _code("\n".join(lines), "text")


def _code(text: str, language: str) -> Iterator[str]:
    yield f"```{language}"
    yield from text.splitlines()
    yield "```"
