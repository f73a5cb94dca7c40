"""Files as they are kept in archives: gzip (``….csv.gz``) or a zip with one file that counts; anything else as it is."""

from __future__ import annotations

import io
import zipfile
import zlib

from smartvest.ingest.records import SourceError

MAX_UNPACKED = 300_000_000
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"


def unpacked(data: bytes, wanted: str = "") -> bytes:
    """The content, unpacked once. ``wanted`` begins the name of the file that counts in a zip of several.

    Raises SourceError for damaged or huge archives and for a zip without exactly one such file.
    """
    if data.startswith(GZIP):
        return _gunzip(data)
    if data.startswith(ZIP):
        return _unzip(data, wanted)
    return data


def _gunzip(data: bytes) -> bytes:
    """All members one after another; ``gzip.decompress`` would unpack a bomb to its end."""
    pieces: list[bytes] = []
    size = 0
    try:
        while data.startswith(GZIP):
            member = zlib.decompressobj(wbits=31)
            pieces.append(member.decompress(data, MAX_UNPACKED - size + 1))
            size += len(pieces[-1])
            if size > MAX_UNPACKED:
                raise SourceError(f"the gzip file holds more than {MAX_UNPACKED:,} bytes")
            if not member.eof:
                raise SourceError("the gzip file is cut off; get it again")
            data = member.unused_data.lstrip(b"\x00")
    except zlib.error:
        raise SourceError("the gzip file is damaged; get it again") from None
    return b"".join(pieces)


def _unzip(data: bytes, wanted: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = [i for i in archive.infolist() if not i.is_dir() and not i.filename.startswith("__MACOSX")]
            named = [i for i in found if i.filename.rpartition("/")[2].startswith(wanted)]
            if len(named) != 1:
                kind = f"{wanted}… file" if wanted else "file"
                raise SourceError(f"the zip file does not hold exactly one {kind}; unpack it and import its files")
            with archive.open(named[0]) as file:  # the size in the directory may lie
                content = file.read(MAX_UNPACKED + 1)
    except SourceError:
        raise
    except Exception as error:  # zipfile raises a dozen kinds on damaged bytes
        raise SourceError(f"the zip file can't be read: {type(error).__name__}") from None
    if len(content) > MAX_UNPACKED:
        raise SourceError(f"the file in the zip file is larger than {MAX_UNPACKED:,} bytes")
    return content
