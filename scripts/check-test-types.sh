#!/usr/bin/env bash
# check-test-types.sh: mypy over all tests and benchmarks, with the settings of pyproject.toml but for annotations.
# One run for each folder: several have modules of the same name, such as conftest.
set -euo pipefail
cd "$(dirname "$0")/.."

# Tests need no annotations, so what a fixture gives is Any. Everything else that --strict asks stays.
loose=(
    --allow-untyped-defs --allow-incomplete-defs --allow-untyped-calls --allow-any-generics
    --no-warn-return-any               # a helper that says what it gives may take it from a fixture
    --disable-error-code=var-annotated # `found = []` is filled with what has no annotation
)

failed=()
for folder in tests tests/servers/tests packages/*/tests examples/*/tests benchmarks; do
    MYPYPATH=tests:$folder mypy --cache-dir=.mypy_cache/tests --no-error-summary --explicit-package-bases \
        "${loose[@]}" --exclude="^$folder/servers/" "$folder" || failed+=("$folder")
done
[ "${#failed[@]}" = 0 ] || { echo "Types do not fit in: ${failed[*]}" >&2 && exit 1; }
