"""Exceptions: one per family of statuses, each also the builtin that Python users expect. Codes and names are the C library's."""

from __future__ import annotations


class EmbStoreError(Exception):
    """Something was refused.

    code: the number of the status, as in embstore.h; name: its name, such as "MISSING_ID"; position: where in the call's ids,
    offsets or lengths it was found, counted from 0, or -1. Numbers and names never change; messages are for people.
    """

    code: int
    name: str
    position: int

    def __init__(self, message: str, code: int = 0, name: str = "UNKNOWN", position: int = -1) -> None:
        super().__init__(message, code, name, position)
        self.code, self.name, self.position = code, name, position

    def __str__(self) -> str:
        return str(self.args[0])


class FormatError(EmbStoreError, ValueError):
    """The file is refused, or was found damaged (codes 10 to 99)."""


class StorageError(EmbStoreError, OSError):
    """The operating system's answer (100)."""


class NoSuchFileError(StorageError, FileNotFoundError):
    """No file at the path (101)."""


class NameNotFoundError(EmbStoreError, KeyError):
    """No table, feature, tensor or column of that name (120, 121, 232, 233)."""


class MissingIDError(EmbStoreError, KeyError):
    """An id without a row, under policy "error" (140)."""


class IDKindError(EmbStoreError, TypeError):
    """Integers for a table of strings, or the other way round (141)."""


class ArgumentError(EmbStoreError, ValueError):
    """An argument that does not fit: dims, counts, offsets, options (142 to 199)."""


class ClosedError(ArgumentError):
    """The store was closed (160)."""


class GenerationError(EmbStoreError, ValueError):
    """The file at the path is of another generation than the one that was pickled (300)."""


class PackError(EmbStoreError, ValueError):
    """What cannot be packed (200 to 299)."""


class ExistsError(PackError, FileExistsError):
    """Something stands in the way at the path (200)."""


class DuplicateKeyError(PackError, KeyError):
    """A key that came before (206)."""


_CLASSES: dict[int, type[EmbStoreError]] = {
    100: StorageError,
    101: NoSuchFileError,
    120: NameNotFoundError,
    121: NameNotFoundError,
    140: MissingIDError,
    141: IDKindError,
    200: ExistsError,
    206: DuplicateKeyError,
    220: StorageError,
    221: StorageError,
    232: NameNotFoundError,
    233: NameNotFoundError,
}

_FAMILIES: list[tuple[int, type[EmbStoreError]]] = [
    (100, FormatError),
    (120, StorageError),
    (140, EmbStoreError),
    (200, ArgumentError),
    (300, PackError),
]


def error_class(code: int) -> type[EmbStoreError]:
    """The class of a status."""
    if code in _CLASSES:
        return _CLASSES[code]
    return next((kind for end, kind in _FAMILIES if code < end), EmbStoreError)
