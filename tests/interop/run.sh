#!/bin/sh
# run.sh -- asks Node, Python and OpenSSL about the peer: run.sh PEER TOOL; the last line counts
here=$(dirname "$0")
[ $# -eq 2 ] || { echo "usage: run.sh PEER TOOL" >&2; exit 2; }

need() { # command, package: what is missing is an error, never a skip
    command -v "$1" >/dev/null && return
    echo "interop: $1 is missing: install the package $2" >&2
    missing=1
}
need node nodejs
need npm npm
need python3 python3
need openssl openssl
[ -z "$missing" ] || exit 1
if [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 20')" != true ]; then
    echo "interop: Node $(node --version) is too old: install the package nodejs, 20 or later" >&2
    exit 1
fi

# npm's own record of what it has installed tells whether it has to be done again.
installed=$here/node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ "$here/package-lock.json" -nt "$installed" ]; then
    npm ci --prefix "$here" --no-audit --no-fund --loglevel=error >&2 || exit 1
fi

results=$(mktemp -d) || exit 1
trap 'rm -rf "$results"' EXIT
node "$here/node.js" "$@" >"$results/1" 2>&1 &
{ python3 -B "$here/python.py" "$1" >"$results/2" 2>&1
  python3 -B "$here/openssl.py" "$@" >"$results/3" 2>&1; } &
wait

# A script that broke off has no last line that counts: that is a failure of its own.
for f in "$results"/[123]; do
    tail -n 1 "$f" | grep -qE '^[0-9]+ passed, [0-9]+ failed$' || echo '0 passed, 1 failed' >>"$f"
    grep -vE '^[0-9]+ passed, [0-9]+ failed$' "$f"
done
cat "$results"/[123] | awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3 }
    END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || passed == 0 }'
