"""The rival: streams a layered image as nixpkgs does, every layer made twice, once to hash it and once to send it.

Usage: two-pass.py ROOT LAYERS.json > image.tar   LAYERS.json holds a list of lists of /nix/store paths, bottom layer first.
"""
import hashlib
import importlib.util
import io
import json
import os
import resource
import sys
import tarfile

spec = importlib.util.spec_from_file_location(
    "store_layer", os.path.join(os.path.dirname(__file__), "../test/support/store-layer.py")
)
store_layer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(store_layer)


def header(name, size):
    info = tarfile.TarInfo(name)
    info.size, info.mtime = size, 1
    return info.tobuf(tarfile.PAX_FORMAT)


def add_bytes(out, name, data):
    out.write(header(name, len(data)) + data + bytes(-len(data) % 512))


def main(root, layers_file):
    out = sys.stdout.buffer
    diff_ids, members = [], []
    for paths in json.load(open(layers_file)):
        digest = store_layer.Digest()
        store_layer.write_layer(root, paths, digest)
        name = digest.hash.hexdigest() + "/layer.tar"
        out.write(header(name, digest.size))
        store_layer.write_layer(root, paths, out)
        diff_ids.append("sha256:" + digest.hash.hexdigest())
        members.append(name)
    config = json.dumps(
        {
            "created": "1970-01-01T00:00:01+00:00",
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": {"diff_ids": diff_ids, "type": "layers"},
            "history": [{"created": "1970-01-01T00:00:01+00:00"} for _ in diff_ids],
        },
        indent=4,
    ).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    add_bytes(out, config_name, config)
    manifest = [{"Config": config_name, "RepoTags": ["bench:latest"], "Layers": members}]
    add_bytes(out, "manifest.json", json.dumps(manifest).encode())
    out.write(bytes(1024))
    out.flush()
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)


main(*sys.argv[1:])
