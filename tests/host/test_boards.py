"""The boards that can be bought: each names the same parts, on pins that its facts allow."""

import ast
import json
from pathlib import Path

import pytest
from gradsock.boards import BOARDS, budget_of, facts_of, names, parts_of
from gradsock.boards.circuit import (
    EXCITATION_LIMIT_V,
    EXCITATION_V,
    SUPPLY_SPREAD,
    DIVIDER_kOHM,
)
from gradsock.boards.facts import Facts
from gradsock.boards.parts import Parts
from gradsock.errors import GradsockError
from gradsock.sim.sensor import DIVIDER_KOHM
from gradsock.sim.sensor import EXCITATION_V as MODEL_EXCITATION_V

NEEDED = {
    *("SEEED_XIAO_ESP32C3", "SEEED_XIAO_ESP32S3", "SEEED_XIAO_ESP32C6", "UM_FEATHERS3"),
    *("ESP32_GENERIC", "ESP32_GENERIC_C3", "RPI_PICO_W", "RPI_PICO2_W"),
}
BOARD_JSON = {"deploy", "docs", "features", "images", "mcu", "product", "thumbnail", "url", "vendor"}
LAST_GPIO = {"esp32": 39, "esp32c3": 21, "esp32s3": 48, "esp32c6": 30, "rp2040": 29, "rp2350": 29}

every_board = pytest.mark.parametrize("board", names())


def surface(file: Path) -> dict[str, str]:
    """The public names of a board.py, with signatures of functions and annotations of parts."""
    found: dict[str, str] = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = f"({ast.unparse(node.args)}) -> {ast.unparse(node.returns) if node.returns else ''}"
        elif isinstance(node, ast.AnnAssign):
            found[ast.unparse(node.target)] = ast.unparse(node.annotation)
        elif isinstance(node, ast.Assign):
            found.update(
                (name.id, "") for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)
            )
    return {name: shape for name, shape in found.items() if not name.startswith("_")}


def wired(parts: Parts) -> dict[str, int | str]:
    """The pins that somebody solders a wire to."""
    pins = {"SDA": parts.sda, "SCL": parts.scl, "EXCITE": parts.excitation}
    pins |= {"MOTOR": parts.motor, "BUTTON": parts.button}
    return {net: pin for net, pin in pins.items() if pin is not None}


def test_the_boards_that_are_needed_are_there() -> None:
    assert set(names()) >= NEEDED
    assert {file.parent.name for file in BOARDS.glob("*/board.py")} == {*names(), "sim"}


@every_board
def test_every_board_names_the_same_parts_as_the_virtual_one(board: str) -> None:
    assert surface(BOARDS / board / "board.py") == surface(BOARDS / "sim" / "board.py")


@every_board
def test_a_board_is_called_as_its_folder(board: str) -> None:
    assert parts_of(board).name == board


@every_board
def test_board_json_has_the_form_of_micropythons_own(board: str) -> None:
    about = json.loads((BOARDS / board / "board.json").read_text(encoding="utf-8"))
    assert BOARD_JSON <= set(about) <= BOARD_JSON | {"deploy_options", "variants", "features_non_filterable"}
    assert about["mcu"].startswith(facts_of(board).port)


@every_board
def test_wires_go_to_pins_of_the_header_that_nothing_else_needs(board: str) -> None:
    facts, parts = facts_of(board), parts_of(board)
    pins = facts.pins
    for net, pin in wired(parts).items():
        assert pin in pins.header, f"{net} is not on the header"
        assert pin not in pins.read_at_boot, f"{net} decides how the chip boots"
        assert pin not in pins.usb, f"{net} is USB"
        assert pin not in pins.console, f"{net} is the console: it chatters at every start"
        assert pin not in pins.taken, f"{net} belongs to the flash or the radio"
        assert net == "BUTTON" or pin not in pins.inputs_only, f"{net} cannot be an output"


@every_board
def test_no_pin_has_two_uses(board: str) -> None:
    parts = parts_of(board)
    used = [*wired(parts).values(), *parts.others, *(pin for pin in (parts.led, parts.battery) if pin is not None)]
    assert len(used) == len(set(used))


@every_board
def test_parts_of_the_board_itself_are_where_it_has_them(board: str) -> None:
    facts, parts = facts_of(board), parts_of(board)
    assert parts.led in (None, facts.pins.on_board.get("LED"), "LED")
    assert parts.battery == facts.pins.on_board.get("BATTERY")
    assert set(parts.others) <= set(facts.pins.on_board.values())


@every_board
def test_a_battery_is_read_by_the_converter_that_works_beside_the_radio(board: str) -> None:
    facts, parts = facts_of(board), parts_of(board)
    assert facts.supply.sensing.startswith("yes" if parts.battery is not None else "none")
    if parts.battery is not None:
        assert parts.battery in facts.pins.adc
    assert (parts.module["battery_mV"]() is None) == (parts.battery is None)


@every_board
def test_a_button_wakes_a_chip_that_a_pin_can_wake(board: str) -> None:
    facts, parts = facts_of(board), parts_of(board)
    assert not facts.pins.wakes or parts.button in facts.pins.wakes


@every_board
def test_only_boards_with_nimble_say_that_they_pair(board: str) -> None:
    assert parts_of(board).pairs == (facts_of(board).port == "esp32")


@pytest.mark.parametrize("board", [board for board in names() if facts_of(board).port == "rp2"])
def test_the_bus_of_an_rp2_lies_on_pins_that_its_first_controller_reaches(board: str) -> None:
    parts = parts_of(board)
    assert isinstance(parts.sda, int) and isinstance(parts.scl, int)
    assert (parts.sda % 4, parts.scl % 4) == (0, 1)


@every_board
def test_the_bus_does_not_hold_everything_up(board: str) -> None:
    bus = parts_of(board).module["i2c"]()
    assert bus.freq == 400_000
    assert bus.timeout <= 5_000


@every_board
def test_sensors_are_excited_and_the_motor_is_still_when_a_board_starts(board: str) -> None:
    module = parts_of(board).module
    assert module["excitation"].value == 1
    assert module["motor"].value == 0


@every_board
def test_the_facts_fit_together(board: str) -> None:
    facts = facts_of(board)
    pads = [pad for row in facts.pins.rows for pad in row]
    gpios = [pad.gpio for pad in pads if pad.gpio is not None]
    assert len(gpios) == len(set(gpios))
    assert max(gpios) <= LAST_GPIO[facts.mcu]
    assert len(facts.pins.left) == len(facts.pins.right) or board.startswith("SEEED_XIAO")
    for pad in pads:
        if pad.gpio is not None and pad.label.startswith(("GP", "IO")):
            assert pad.label[2:] == str(pad.gpio)
    assert {"3V3", "GND"} <= {pad.label for pad in pads}
    if facts.supply.battery == "module":
        assert {facts.supply.plus, facts.supply.minus} <= {pad.label for pad in pads}
    assert facts.flash.volume_KiB < facts.flash.chip_MiB * 1024


@every_board
def test_every_figure_names_its_source(board: str) -> None:
    facts = facts_of(board)
    figures = [facts.current.dozing, facts.current.listening, facts.current.deep_sleep]
    sources = [facts.flash.source, facts.pins.source, *(figure.source for figure in figures if figure)]
    assert all(len(source) > 10 for source in sources)
    assert facts.current.dozing.mA < facts.current.listening.mA


def test_nothing_is_claimed_of_hardware() -> None:
    assert {facts_of(board).verified for board in names()} == {"none yet"}


def test_how_far_back_the_journals_reach() -> None:
    hours = {board: budget_of(facts_of(board)).journal_h for board in names()}
    assert hours["SEEED_XIAO_ESP32C3"] == 7
    assert hours["SEEED_XIAO_ESP32S3"] > 20
    assert 2 <= hours["RPI_PICO_W"] <= 3


def test_a_switching_regulator_passes_on_power_and_a_linear_one_current() -> None:
    pico, xiao = facts_of("RPI_PICO_W"), facts_of("SEEED_XIAO_ESP32C3")
    assert budget_of(pico).listening_mA == pytest.approx(pico.current.listening.mA * 5 / 3.7 + 2, abs=0.2)
    assert budget_of(xiao).listening_mA == pytest.approx(xiao.current.listening.mA + 2, abs=0.2)


def test_the_excitation_stays_below_its_limit_and_is_the_one_that_is_modelled() -> None:
    assert EXCITATION_V * (1 + SUPPLY_SPREAD) <= EXCITATION_LIMIT_V
    assert pytest.approx(MODEL_EXCITATION_V, rel=0.03) == EXCITATION_V
    assert DIVIDER_kOHM == DIVIDER_KOHM


def test_a_board_nobody_knows_is_answered_with_those_that_are_known() -> None:
    with pytest.raises(GradsockError, match=r"nothing is known of a board 'TOASTER'.*RPI_PICO_W"):
        facts_of("TOASTER")


def test_facts_that_make_no_sense_are_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gradsock.boards import facts

    monkeypatch.setattr(facts, "BOARDS", tmp_path)
    (tmp_path / "ODD").mkdir()
    (tmp_path / "ODD" / "board.json").write_text('{"product": "Odd", "vendor": "Nobody", "mcu": "esp32"}')
    (tmp_path / "ODD" / "facts.toml").write_text('port = "avr"\n')
    with pytest.raises(GradsockError, match="the facts of board ODD make no sense: ") as caught:
        facts.facts_of("ODD")
    assert "\n" not in str(caught.value)


def test_a_board_may_import_nothing_but_its_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gradsock.boards import parts

    monkeypatch.setattr(parts, "BOARDS", tmp_path)
    (tmp_path / "ODD").mkdir()
    (tmp_path / "ODD" / "board.py").write_text("import os\n")
    with pytest.raises(ImportError, match="machine is all that a board may import"):
        parts.parts_of("ODD")


def test_facts_are_facts() -> None:
    """A frozen record: nobody corrects a board at run time."""
    assert Facts.__struct_config__.frozen
