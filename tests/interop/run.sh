#!/bin/sh
# run.sh -- asks Node, Python and OpenSSL about the peer, has Express, Flask, nginx, curl and others
# talk with the tool over sockets, and Express and Flask with the engine: run.sh PEER TOOL ENGINE;
# the last line counts
here=$(dirname "$0")
[ $# -eq 3 ] || { echo "usage: run.sh PEER TOOL ENGINE" >&2; exit 2; }

missing() { # what, package: what is missing is an error, never a skip
    echo "interop: $1 is missing: install the package $2" >&2
    incomplete=1
}
need() { # command, package
    command -v "$1" >/dev/null || missing "$1" "$2"
}
need node nodejs
need npm npm
need python3 python3
need openssl openssl
need curl curl
# Debian keeps it where only root looks
nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || missing nginx nginx-light
# python3 of the PATH need not be the one that Debian's packages are for
for flask in python3 /usr/bin/python3 ''; do
    [ -n "$flask" ] && "$flask" -c 'import flask' 2>/dev/null && break
done
[ -n "$flask" ] || missing "Flask for Python" python3-flask
[ -z "$incomplete" ] || exit 1
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
py() { # number of its results, script and its arguments
    n=$1 script=$2
    shift 2
    python3 -B "$here/$script" "$@" >"$results/$n" 2>&1
}
js() {
    n=$1 script=$2
    shift 2
    node "$here/$script" "$@" >"$results/$n" 2>&1
}
js 1 node.js "$1" "$2" &
{ py 2 python.py "$1"; py 3 openssl.py "$1" "$2"; py 4 resolver.py "$2"; } &
{ js 5 listen.js "$2"; js 10 engine.js "$3" "$flask"; } &
{ js 6 deliver.js "$2" "$flask"; js 7 peers.js "$2" "$nginx"; py 8 tls.py "$2" "$nginx"; } &
wait
py 9 crowd.py "$2" # measures, so alone

# A script that broke off has no last line that counts: that is a failure of its own.
for f in "$results"/[0-9]*; do
    tail -n 1 "$f" | grep -qE '^[0-9]+ passed, [0-9]+ failed$' || echo '0 passed, 1 failed' >>"$f"
    grep -vE '^[0-9]+ passed, [0-9]+ failed$' "$f"
done
cat "$results"/[0-9]* | awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3 }
    END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || passed == 0 }'
