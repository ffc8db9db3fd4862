"""What was recorded: kept as it comes, sealed into sessions that any tool reads, and read back as columns.

recorder -> writer -> frames       a block file, append-only, while a sock is recorded
contents -> samples, records       what a file holds, whichever form it has; a union by (boot, index)
seal -> sharing, wears             split at donnings, united with what is there already
sealed -> table, trailer, told     one Parquet file per wear
recording -> columns, contexts     time, counts and pressure; timeline and dating say when
catalogue -> entry                 the list of all
held, backfill, keeping            what is missing, and fetching it
"""
