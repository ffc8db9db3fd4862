"""Who a recording is of, without saying it: the same sock has the same pseudonym here, and no other machine can tell.

The key never leaves this machine; whoever has it can find a serial's pseudonym, nobody without it can go back.
"""

import hmac
import os
import secrets
from base64 import b32encode
from hashlib import sha256
from pathlib import Path

from gradsock.errors import GradsockError
from gradsock.places import data_folder, make_private

KEY_BYTES = 32
LENGTH = 6


def pseudonym(serial: str) -> str:
    """Of a sock's serial: ``p`` and six letters or digits. GradsockError when the key can be neither read nor made."""
    digest = hmac.digest(_key(data_folder() / "pseudonym.key"), serial.encode(), sha256)
    return "p" + b32encode(digest).decode().lower()[:LENGTH]


def _key(file: Path) -> bytes:
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        key = _made(file)
    except OSError as error:
        raise GradsockError(f"cannot read {file}: {(error.strerror or str(error)).lower()}") from error
    if len(key) != KEY_BYTES:
        raise GradsockError(f"{file} is not the key that pseudonyms are made with: put it back, or remove it")
    return key


def _made(file: Path) -> bytes:
    """A new key, private to the user; of two that are made at once the first stays."""
    try:
        make_private(file.parent)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            made.write(secrets.token_bytes(KEY_BYTES))
    except FileExistsError:
        pass
    except OSError as error:
        raise GradsockError(f"cannot make {file}: {(error.strerror or str(error)).lower()}") from error
    return file.read_bytes()
