"""CSV with the header ``t_s,ankle,calf,knee``, as `gradsock check` reads it: seconds, mmHg, empty where nothing is."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
from sock import MISSING, SITES

from gradsock.export.course import Course

DIGITS = 3  # of a second


def fill(course: Course, file: Path) -> None:
    """All sites are columns, as `check` wants them; one that the sock lacks is empty."""
    count = len(course)
    none = np.full(count, MISSING, np.int32)
    t_us = course.utc_us - course.utc_us[0]
    columns = {"t_s": pa.array((t_us / 1e6).round(DIGITS))}
    for site in SITES:
        pressure = course.pressure_cmmHg.get(site, none)
        columns[site] = pa.array((pressure / 100).round(2), mask=pressure == MISSING)
    options = pyarrow.csv.WriteOptions(include_header=True, quoting_header="none")
    pyarrow.csv.write_csv(pa.table(columns), file, options)
