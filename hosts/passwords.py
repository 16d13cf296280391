"""Passwords as argon2id hashes, computed beside the event loop."""

from __future__ import annotations

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from hosts.pool import Pool

# OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. A hash takes some 25 ms of one core.
MEMORY_KIB = 19_456
PASSES = 2
THREADS = 2  # 40 MB at most
WAITING = 64  # about a second of work: who comes later is told to try again


class Passwords:
    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1, type=Type.ID)
        self.pool = Pool("passwords", threads=THREADS, waiting=WAITING)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Raises: Busy."""
        return await self.pool.run(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is right. Without a hash (nobody of that email) it takes as long and is wrong.

        Raises: Busy.
        """
        return await self.pool.run(self._verify, password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody's password")
        try:
            return self._hasher.verify(password_hash or self._nobody, password) and password_hash is not None
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    async def stop(self) -> None:
        await self.pool.stop()
