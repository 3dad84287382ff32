#!/usr/bin/env bash
# Lints the contracts, refuses a change that breaks the committed baseline, and a generated file that is not current.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-../.venv/bin/python}
buf=$(dirname "$("$python" -c 'import sys; print(sys.executable)')")/buf
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
./generate.sh "$work/gen"
only=()
while read -r file; do only+=(--path "$file"); done < <(find sales -name '*.proto' | sort)
"$buf" lint "$work/gen/sales.binpb" --config buf.yaml "${only[@]}"
"$buf" breaking "$work/gen/sales.binpb" --against baseline.binpb --config buf.yaml "${only[@]}"
if ! diff -rq --exclude=__pycache__ gen/py "$work/gen/py" || ! cmp -s gen/sales.binpb "$work/gen/sales.binpb"; then
  echo 'protos/gen is not current: run `make protos` and commit it.' >&2
  exit 1
fi
