"""Write the descriptor of buf/validate/validate.proto, which the protovalidate wheel carries compiled only.

Usage: python protos/descriptors.py OUT. The file serves `protoc --descriptor_set_in`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from google.protobuf import descriptor_pb2
from protovalidate._gen.buf.validate import validate_pb


def validate_descriptors() -> bytes:
    """Return a FileDescriptorSet with validate.proto and the well-known files that it imports."""
    found = descriptor_pb2.FileDescriptorSet()
    seen: set[str] = set()

    def add(file: object) -> None:
        proto = file.proto  # type: ignore[attr-defined]
        if proto.name in seen:
            return
        seen.add(proto.name)
        for dependency in file.dependencies:  # type: ignore[attr-defined]
            add(dependency)
        found.file.append(descriptor_pb2.FileDescriptorProto.FromString(proto.to_binary()))

    add(validate_pb.desc())
    return found.SerializeToString(deterministic=True)


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(validate_descriptors())
