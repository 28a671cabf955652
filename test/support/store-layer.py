"""The bytes of a layer of store objects, as nixpkgs' image streamer describes them, by Python's own tarfile.

Written from the description of the format, to compare slipway with: PAX; "/nix/" and "/nix/store/" first; then each object in the order
given, its entries sorted part by part, names absolute; one mtime and owner for all; hard links as files of their own.

Usage: store-layer.py ROOT PATH...  prints the layer's SHA-256; ROOT is the folder in which /nix/store lies.
"""
import hashlib
import os
import sys
import tarfile


def entries(root, path):
    """An object and all below it, parents first, siblings by byte."""
    yield path
    place = root + path
    if os.path.isdir(place) and not os.path.islink(place):
        for name in sorted(os.listdir(place), key=os.fsencode):
            yield from entries(root, path + "/" + name)


def write_layer(root, paths, out, mtime=1, owner=(0, 0, "root", "root")):
    def dated(info):
        info.mtime = mtime
        info.uid, info.gid, info.uname, info.gname = owner
        return info

    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        # Each name of a file with several is a file of its own.
        tar.inodes = NoMemory()
        for folder in ("/nix", "/nix/store"):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(dated(info))
        for path in paths:
            assert path.startswith("/nix/store/"), path
            for name in entries(root, path):
                info = dated(tar.gettarinfo(root + name))
                # gettarinfo drops the leading slash.
                info.name = name
                if info.isreg():
                    with open(root + name, "rb") as content:
                        tar.addfile(info, content)
                else:
                    tar.addfile(info)


class NoMemory(dict):
    """Forgets what is put in, so that tarfile never sees a second name of a file."""

    def __setitem__(self, key, value):
        pass


class Digest:
    """A file that only hashes and counts."""

    def __init__(self):
        self.hash, self.size = hashlib.sha256(), 0

    def write(self, data):
        self.hash.update(data)
        self.size += len(data)
        return len(data)


if __name__ == "__main__":
    digest = Digest()
    write_layer(sys.argv[1], sys.argv[2:], digest)
    print(digest.hash.hexdigest())
