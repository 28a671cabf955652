"""Writes the archives that are described on standard input as nixpkgs' stream_layered_image.py does, and prints them."""

import io
import json
import sys
import tarfile


def text(value):
    return bytes.fromhex(value).decode("utf-8", "surrogateescape")


def archive(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w|") as tar:
        for member in members:
            info = tarfile.TarInfo(text(member["name"]))
            info.type = member["type"].encode()
            info.linkname = text(member["link"])
            info.uname = text(member["uname"])
            info.gname = text(member["gname"])
            for key in ("mode", "uid", "gid", "mtime", "size"):
                setattr(info, key, member[key])
            info.devmajor = member["major"]
            info.devminor = member["minor"]
            info.pax_headers = {
                "SCHILY.xattr." + key: text(value)
                for key, value in member["xattrs"].items()
            }
            if "content" in member:
                tar.addfile(info, io.BytesIO(bytes.fromhex(member["content"])))
            else:
                out.write(info.tobuf())
    return out.getvalue().hex()


json.dump([archive(members) for members in json.load(sys.stdin)], sys.stdout)
