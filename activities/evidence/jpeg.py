"""A JPEG inside a PDF: its metadata (where and when, and with what it was taken) go, its picture stays bit for bit."""

_START, _SCAN = 0xD8, 0xDA
_COMMENT, _FIRST_APP, _LAST_APP = 0xFE, 0xE0, 0xEF
_NEEDED = (0xE0, 0xEE)  # JFIF, and Adobe's word on how the colours are to be read


def without_metadata(content: bytes) -> bytes:
    """The same picture without comments and application segments. What is no JPEG comes back as it is."""
    if content[:2] != bytes((0xFF, _START)):
        return content
    kept, at = [content[:2]], 2
    while content[at : at + 1] == b"\xff" and len(content) > at + 3:
        marker = content[at + 1]
        if marker == _SCAN:
            break
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker != _COMMENT and not (_FIRST_APP <= marker <= _LAST_APP and marker not in _NEEDED):
            kept.append(content[at:end])
        at = end
    return b"".join([*kept, content[at:]])
