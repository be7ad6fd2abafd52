#!/usr/bin/env python3
"""Copies objects and archives so that `--gc-sections` may drop what they mark as to be retained and nothing refers to.

    Tools/c/unretain.py FOLDER LIST FILE...       copies of the files, and of those in LIST, to FOLDER

The Swift compiler marks whatever is public (SHF_GNU_RETAIN), since another module may use it: a library that shows its C
functions alone would carry all of the standard library. The marks are taken off code, data and reflection records, which
are only reached by reference. Records that the runtime finds by walking their section (types, protocols, conformances) keep
theirs. Prints the copies, one per line, as a list for swiftc.
"""
import pathlib
import re
import shlex
import struct
import sys

RETAIN = 0x200000
REACHED_BY_REFERENCE = re.compile(rb"\.(text|rodata|data|bss)|swift5_(fieldmd|assocty|builtin|capture|mpenum)$")
ELF64_LITTLE = b"\x7fELF\x02\x01"


def release(data, start):
    """Clears the mark in the section headers of the object at `start`."""
    if data[start:start + 6] != ELF64_LITTLE:
        return
    headers, = struct.unpack_from("<Q", data, start + 0x28)
    size, count, names = struct.unpack_from("<HHH", data, start + 0x3a)
    first = start + headers
    # Beyond 65,279 sections the numbers stand in the first header.
    count = count or struct.unpack_from("<Q", data, first + 0x20)[0]
    names = struct.unpack_from("<I", data, first + 0x28)[0] if names == 0xffff else names
    texts = start + struct.unpack_from("<Q", data, first + names * size + 0x18)[0]
    for header in range(first, first + count * size, size):
        name, _, flags = struct.unpack_from("<IIQ", data, header)
        if flags & RETAIN and REACHED_BY_REFERENCE.match(data[texts + name:data.index(0, texts + name)]):
            struct.pack_into("<Q", data, header + 8, flags & ~RETAIN)


def copy(path, target):
    data = bytearray(path.read_bytes())
    if data.startswith(b"!<arch>\n"):
        member = 8
        while member < len(data):
            length = int(data[member + 48:member + 58])
            release(data, member + 60)
            member += 60 + length + length % 2
    else:
        release(data, 0)
    target.write_bytes(data)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    paths = shlex.split(pathlib.Path(sys.argv[2]).read_text()) + sys.argv[3:]
    for number, path in enumerate(map(pathlib.Path, paths)):
        target = folder / f"{number}-{path.name}"
        copy(path, target)
        print(shlex.quote(str(target)))


main()
