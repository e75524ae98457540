"""The key of Alur's hashes and seals, and what is done with it."""

import hmac
import os
import secrets
from contextlib import suppress
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.settings import settings

_NONCE_BYTES = 12


@cache
def pepper() -> bytes:
    """Return the key of the hashes: the setting, else one that is made once and kept beside the data."""
    if settings().secret:
        return settings().secret.encode()
    file = settings().data / "secret"
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        # Written aside and linked: another process at the same moment sees all of it or nothing.
        aside = file.with_name(f"secret.{secrets.token_hex(8)}")
        aside.touch(0o600)
        aside.write_bytes(secrets.token_bytes(32))
        with suppress(FileExistsError):
            os.link(aside, file)
        aside.unlink()
    return file.read_bytes()


def keyed(secret: str) -> bytes:
    """Return what is stored of a random secret: HMAC-SHA-256 under the pepper."""
    return hmac.new(pepper(), secret.encode(), sha256).digest()


def seal(content: bytes, about: str) -> bytes:
    """Encrypt what only this installation may read again (AES-256-GCM). ``about`` must be given to unseal it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher().encrypt(nonce, content, about.encode())


def unseal(sealed: bytes, about: str) -> bytes:
    """Return what was sealed. Raises cryptography's InvalidTag if it, ``about`` or the pepper is another."""
    return _cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())


def _cipher() -> AESGCM:
    return AESGCM(hmac.new(pepper(), b"seal\0", sha256).digest())
