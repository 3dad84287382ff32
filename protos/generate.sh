#!/usr/bin/env bash
# Generates protos/gen/py (messages, gRPC, mypy stubs), protos/gen/sales.binpb (descriptors) and, with
# --baseline, protos/baseline.binpb, which `buf breaking` compares with.
# Usage: protos/generate.sh [OUT_FOLDER] [--baseline]
set -euo pipefail
cd "$(dirname "$0")"
out=gen
baseline=no
for argument in "$@"; do
  case "$argument" in
    --baseline) baseline=yes ;;
    *) out=$argument ;;
  esac
done
python=${PYTHON:-../.venv/bin/python}
bin=$(cd "$(dirname "$("$python" -c 'import sys; print(sys.executable)')")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" descriptors.py "$work/validate.binpb"
google=$("$python" -c 'import google.api, pathlib; print(pathlib.Path(next(iter(google.api.__path__))).parents[1])')
mapfile -t files < <(find sales -name '*.proto' | sort)
rm -rf "$out/py"
mkdir -p "$out/py"
PATH="$bin:$PATH" "$python" -m grpc_tools.protoc \
  -I. -I"$google" --descriptor_set_in="$work/validate.binpb" \
  --python_out="$out/py" --mypy_out="$out/py" --grpc_python_out="$out/py" --mypy_grpc_out="$out/py" \
  "${files[@]}" buf/validate/validate.proto 2>&1 | { grep -v "^Writing mypy" || true; }
find "$out/py" -mindepth 1 -type d -exec touch {}/__init__.py \;
# Services exist only in service and records files: drop the empty gRPC modules that protoc writes for the rest.
find "$out/py" -name '*_pb2_grpc.py*' | while read -r file; do
  module=${file%_pb2_grpc.py*}
  proto=${module#"$out"/py/}.proto
  if [ ! -f "$proto" ] || ! grep -q '^service ' "$proto"; then rm -f "$file"; fi
done
"$python" -m grpc_tools.protoc \
  -I. -I"$google" --descriptor_set_in="$work/validate.binpb" --include_imports --include_source_info \
  --descriptor_set_out="$out/sales.binpb" "${files[@]}"
if [ "$baseline" = yes ]; then cp "$out/sales.binpb" baseline.binpb; fi
