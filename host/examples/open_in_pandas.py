"""Open a recording in pandas: the median pressure of each minute and site.

python host/examples/open_in_pandas.py [RECORDING]
"""

import sys

import gradsock
import pandas as pd


def minutes(recording: str = "last") -> pd.DataFrame:
    """Columns ankle, calf, knee in mmHg; a row per minute."""
    wear = gradsock.open(recording)
    table = pd.DataFrame(wear.pressure_mmHg, index=pd.to_datetime(wear.utc_us, unit="us", utc=True))
    return table.resample("1min").median()


if __name__ == "__main__":
    print(minutes(*sys.argv[1:]).round(1))
