"""Recordings for other programs: CSV, Parquet and EDF+, without a name in them unless that is asked for."""
