"""The page for researchers is true: its snippets run, in the tools that it names."""

import re
from pathlib import Path

import duckdb
import gradsock
import numpy as np
import pandas as pd
import polars as pl
import pytest
from gradsock.log.recorder import Recorder
from gradsock.log.seal import seal

from tests.host.log_bench import live, pressed, record, said

TOP = Path(__file__).parents[2]
PAGE = TOP / "host" / "docs" / "analysing.md"


@pytest.fixture
def two_socks(made, made_right, tmp_path, monkeypatch):
    """Two sealed sessions in the folder that GRADSOCK_LOGS names."""
    logs = tmp_path / "logs"
    for sock, pressures in ((made, (24, 16, 8)), (made_right, (20, 16, 12))):
        seal(record(logs, *said(sock), *live(pressed(sock.boot, 0, pressures, seconds=40), sock.t0_us)))
    monkeypatch.setenv("GRADSOCK_LOGS", str(logs))
    return logs


def snippets(page):
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), re.M | re.S)


def test_every_snippet_of_the_page_runs(two_socks, capsys):
    found = snippets(PAGE)
    assert len(found) == 2
    names = {}
    for code in found:
        exec(code, names)
    rows = names["days"].fetchall()
    assert [(sock, round(ankle), round(calf), round(knee)) for sock, _, ankle, calf, knee, _ in rows] == [
        ("RIGHTSOC", 20, 16, 12),
        ("TESTSOCK", 24, 16, 8),
    ]
    assert len(names["samples"]) == len(names["wear"]) == 1000


def test_the_snippet_of_the_readme_runs(two_socks, capsys):
    (code,) = snippets(TOP / "README.md")
    exec(code, names := {})
    assert len(names["wear"]) == 1000
    shown = capsys.readouterr().out
    assert "TESTSOCK" in shown and "RIGHTSOC" in shown


def test_the_metadata_are_read_in_sql_as_the_page_says(two_socks, made):
    queries = re.findall(r"^```sql\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    with Recorder(two_socks, moniker="replay:last") as again:
        for happened in made.events():
            again.take(happened)
    (session,) = again.seal()
    rows = [duckdb.sql(q.replace("LOGS/", f"{two_socks}/").strip().removesuffix(";")).fetchall() for q in queries]
    assert rows[0] == [(str(session), "replay:last")]
    assert len(rows[1]) == 3 and all('"lost":0' in told for _, told in rows[1])


def test_columns_go_into_pandas_polars_and_duckdb(made, tmp_path):
    recording = gradsock.open(record(tmp_path, *made.events(samples=200, drop={50})))
    samples = recording.to_arrow()
    frame, polar = samples.to_pandas(), pl.from_arrow(samples)

    assert isinstance(frame["utc"].dtype, pd.DatetimeTZDtype) and frame["utc"].dt.microsecond.max() == 960_000
    assert polar["utc"].dtype == pl.Datetime("us", "UTC")
    for site in recording.sites:
        assert np.array_equal(frame[f"{site}_mmHg"], recording.pressure_mmHg[site], equal_nan=True)
        missing = int(np.isnan(recording.pressure_mmHg[site]).sum())
        assert polar[f"{site}_mmHg"].null_count() == polar[f"{site}_counts"].null_count() == missing
    assert duckdb.sql("select count(*), max(index) from samples").fetchall() == [(195, 199)]
    assert [(gap.first_index, gap.count) for gap in recording.gaps] == [(50, 5)]
