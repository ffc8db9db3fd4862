"""Parquet with a pressure in every row, for those who want no more than a table.

    utc         timestamp[us, UTC]
    t_s         double, seconds from the first row
    SITE_mmHg   double, null where nothing could be read
    SITE_counts int16, what the ADC gave; null likewise
    temperature_degC  double, of the sensors, where a thermistor tells

The metadata hold what goes with it as JSON under ``gradsock.about``.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sock import MISSING

from gradsock.export.about import as_json
from gradsock.export.course import Course
from gradsock.log.sealed import EXPORT_KEY


def fill(course: Course, told: dict[str, Any], file: Path) -> None:
    """Compressed as sealed sessions are."""
    columns = {
        "utc": pa.array(course.utc_us, pa.timestamp("us")).cast(pa.timestamp("us", "UTC")),
        "t_s": pa.array(((course.utc_us - course.utc_us[0]) / 1e6).round(6)),
    }
    for site, pressure in course.pressure_cmmHg.items():
        columns[f"{site}_mmHg"] = pa.array((pressure / 100).round(2), mask=pressure == MISSING)
        counts = course.counts[site]
        columns[f"{site}_counts"] = pa.array(counts, mask=counts == MISSING)
    if course.temperature_degC is not None:
        columns["temperature_degC"] = pa.array(course.temperature_degC, mask=np.isnan(course.temperature_degC))
    table = pa.table(columns).replace_schema_metadata({EXPORT_KEY: as_json(told).encode()})
    pq.write_table(table, file, compression="zstd", use_dictionary=False, write_page_checksum=True)
