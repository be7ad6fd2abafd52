"""Compressed blocks (Formats/container.md, "Blocks")."""

import ctypes

from refusal import Refused


def lz4_decoded(block, size):
    """An LZ4 block of exactly `size` bytes.

    A sequence is a token, literals, and a match: an offset back into the output and a length of at least 4.
    The last sequence has literals only: at least the last 5 bytes, and no match begins in the last 12.
    """
    output = bytearray()
    at = 0

    def length(nibble):
        """15 means that bytes follow which are added, the last of them below 255."""
        nonlocal at
        total = nibble
        more = 255 if nibble == 15 else 0
        while more == 255:
            more = block[at]
            at += 1
            total += more
        return total

    while True:
        token = block[at]
        at += 1
        literals = length(token >> 4)
        if at + literals > len(block) or len(output) + literals > size:
            raise ValueError("literals run past the end")
        output += block[at:at + literals]
        at += literals
        if at == len(block):
            break
        offset = block[at] | block[at + 1] << 8
        at += 2
        matched = length(token & 15) + 4
        last = len(output) > size - 12 or len(output) + matched > size - 5
        if not 1 <= offset <= len(output) or last:
            raise ValueError("a match of %d bytes, %d back, at %d" % (matched, offset, len(output)))
        for _ in range(matched):
            output.append(output[-offset])
    if len(output) != size:
        raise ValueError("%d bytes" % len(output))
    return bytes(output)


def zstd_decoded(block, size):
    """A Zstandard frame of exactly `size` bytes."""
    library = ctypes.CDLL("libzstd.so.1")
    for function in (library.ZSTD_findFrameCompressedSize, library.ZSTD_decompress):
        function.restype = ctypes.c_size_t
    if library.ZSTD_findFrameCompressedSize(block, ctypes.c_size_t(len(block))) != len(block):
        raise ValueError("not one frame")
    output = ctypes.create_string_buffer(size)
    found = library.ZSTD_decompress(output, ctypes.c_size_t(size), block, ctypes.c_size_t(len(block)))
    if found != size:
        raise ValueError("not so many bytes")
    return output.raw


def decoded(encoding, block, size, name):
    """The raw bytes of a block, or a refusal."""
    try:
        return {"lz4": lz4_decoded, "zstd": zstd_decoded}[encoding](block, size)
    except (ValueError, IndexError) as error:
        raise Refused("BAD_BLOCK", name, error, "%d bytes compressed as %s" % (size, encoding)) from None
