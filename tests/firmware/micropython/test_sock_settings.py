"""Settings: all or nothing, each refusal with the key and what it may be."""

from sock.settings import RATES_HZ, SCHEMA, SettingsError, check, defaults, keys, load, validate_patch

MANY = [["knee" if at else "reference", 72 + at // 4, at % 4] for at in range(9)]


def refusal(patch, over_cable=False):
    current = defaults()
    before = repr(current)
    try:
        validate_patch(current, patch, over_cable)
    except SettingsError as error:
        assert repr(current) == before
        assert str(error) and "\n" not in str(error)
        return str(error)
    raise AssertionError(patch)


def test_the_defaults_are_valid_and_complete():
    assert validate_patch(defaults(), defaults()) == defaults()
    assert sorted(defaults()) == sorted(keys())
    for key, default, _ in SCHEMA:
        check(key, default)


def test_a_patch_changes_what_it_names():
    settings = validate_patch(defaults(), {"side": "left", "rate_Hz": 50})
    assert (settings["side"], settings["rate_Hz"]) == ("left", 50)
    assert settings["gain"] == defaults()["gain"]


def test_all_or_nothing():
    refusal({"side": "left", "rate_Hz": 3})


def test_defaults_are_not_shared():
    defaults()["channels"].append(["knee", 73, 0])
    assert len(defaults()["channels"]) == 4


def test_every_rate_has_whole_milliseconds():
    for rate in RATES_HZ:
        assert 1000 % rate == 0


def test_unprotected_only_over_the_cable():
    assert "cable" in refusal({"allow_unprotected": True})
    assert validate_patch(defaults(), {"allow_unprotected": True}, True)["allow_unprotected"] is True
    assert validate_patch(defaults(), {"allow_unprotected": False})["allow_unprotected"] is False  # it says what is


def test_nonsense_is_refused_with_its_key():
    for patch, reason in (
        ([], "JSON object"),
        ({"colour": 1}, "unknown setting colour"),
        ({"name": "a name too long"}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": 5}, "name"),
        ({"side": "both"}, "left, right, unset"),
        ({"prescription": "ral:V"}, "prescription: ral has no class"),
        ({"prescription": 2}, "prescription"),
        ({"rate_Hz": 3}, "rate_Hz"),
        ({"rate_Hz": True}, "rate_Hz"),
        ({"rate_Hz": 25.0}, "rate_Hz"),
        ({"gain": 3}, "gain"),
        ({"data_rate": 100}, "data_rate"),
        ({"side": []}, "left, right, unset"),
        ({"overnight": None}, "overnight: true or false"),
        ({"sleep_min": 10081}, "sleep_min: a whole number from 0 to 10080"),
        ({"sleep_min": True}, "a whole number"),
        ({"battery_mAh": -1}, "a whole number from 0 to 20000"),
        ({"battery_mAh": 250.0}, "a whole number"),
        ({"allow_unprotected": 1}, "true or false"),
        ({"channels": []}, "channels"),
        ({"channels": "ankle"}, "channels"),
        ({"channels": [["ankle", 72]]}, "[role, address, input]"),
        ({"channels": [["toe", 72, 0], ["reference", 72, 3]]}, "a role is"),
        ({"channels": [["ankle", 71, 0], ["reference", 72, 3]]}, "an address is"),
        ({"channels": [["ankle", 72, 4], ["reference", 72, 3]]}, "an input is"),
        ({"channels": [["ankle", 72, 3], ["reference", 72, 3]]}, "used twice"),
        ({"channels": [["ankle", 72, 0]]}, "reference"),
        ({"channels": [["reference", 72, 0]]}, "at a site"),
        ({"channels": [["ankle", 72, 0], ["reference", 72, 1], ["reference", 72, 2]]}, "more than one reference"),
        ({"rate_Hz": 100, "data_rate": 250}, "cannot be scanned"),
        ({"rate_Hz": 100, "channels": MANY}, "readings a second"),
        ({"channels": [["reference", 72, 0], ["knee", 72, 1, 3]]}, "one of 1, 2"),
        ({"channels": [["reference", 72, 0], ["knee", 72, 1, None, 500]]}, "one of 8, 16"),
        ({"rate_Hz": 100, "channels": [["reference", 72, 0], ["knee", 72, 1, None, 128]]}, "cannot be scanned"),
    ):
        assert reason in refusal(patch), (patch, refusal(patch))


def test_a_hundred_scans_of_four_channels_fit_on_one_chip():
    assert validate_patch(defaults(), {"rate_Hz": 100})["rate_Hz"] == 100


def test_stored_settings_of_another_version_load():
    assert load({"side": "right", "colour": 1})["side"] == "right"
    assert load({}) == defaults()
    try:
        load({"side": "both"})
    except SettingsError:
        return
    raise AssertionError
