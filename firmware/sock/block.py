"""Sample blocks, the unit of stream, journal and log: the whole codec under one name, for those who read and write.

A board only writes, and takes `encoder` alone.
"""

from .decoder import Block, decode
from .encoder import BlockEncoder, quantise
from .header import (
    BLOCK_MAX_BYTES,
    BLOCK_MIN_BYTES,
    CHANNELS_MAX,
    COUNT_MAX,
    KIND_EVENT,
    KIND_SAMPLES,
    VERSION,
    BlockError,
    kind_of,
)

__all__ = [
    "BLOCK_MAX_BYTES",
    "BLOCK_MIN_BYTES",
    "CHANNELS_MAX",
    "COUNT_MAX",
    "KIND_EVENT",
    "KIND_SAMPLES",
    "VERSION",
    "Block",
    "BlockEncoder",
    "BlockError",
    "decode",
    "kind_of",
    "quantise",
]
