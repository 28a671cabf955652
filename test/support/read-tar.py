"""Reads archives and prints what they hold."""

import io
import json
import sys
import tarfile


def hexadecimal(value):
    return value.encode("utf-8", "surrogateescape").hex()


def describe(tar, info):
    content = tar.extractfile(info).read().hex() if info.isreg() else ""
    return {
        "name": hexadecimal(info.name),
        "type": "0" if info.isreg() else info.type.decode(),
        "link": hexadecimal(info.linkname),
        "uname": hexadecimal(info.uname),
        "gname": hexadecimal(info.gname),
        "mode": info.mode,
        "uid": info.uid,
        "gid": info.gid,
        "mtime": int(info.mtime // 1),
        "size": info.size,
        "major": info.devmajor,
        "minor": info.devminor,
        "xattrs": {
            key[len("SCHILY.xattr.") :]: hexadecimal(value)
            for key, value in info.pax_headers.items()
            if key.startswith("SCHILY.xattr.")
        },
        "content": content,
    }


def members(archive):
    with tarfile.open(fileobj=io.BytesIO(bytes.fromhex(archive))) as tar:
        return [describe(tar, info) for info in tar]


json.dump([members(archive) for archive in json.load(sys.stdin)], sys.stdout)
