"""Sample blocks, the unit of stream, journal and log: the whole codec under one name, for those who read and write.

A board only writes, and takes `encoder` alone.
"""

from .decoder import KIND_EVENT, KIND_SAMPLES, Block, decode, kind_of
from .encoder import BlockEncoder, quantise
from .header import BLOCK_MAX_BYTES, BLOCK_MIN_BYTES, CHANNELS_MAX, COUNT_MAX, VERSION, BlockError

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
