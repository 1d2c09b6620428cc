#!/bin/sh
# version.sh -- one version everywhere: the title line, the macros, the README and the tool: version.sh [TOOL]
set -eu
title=$(sed -n '1s|^/\* webhook\.h -- \([0-9]*\.[0-9]*\.[0-9]*\) -- .*|\1|p' webhook.h)
[ -n "$title" ] || { echo "version-check: no version in the title line" >&2; exit 1; }

macro() {
    printf '#include "webhook.h"\nvalue WEBHOOK_VERSION_%s\n' "$1" | cc -I. -E -P - | sed -n 's/^value //p'
}

same() {
    [ "$2" = "$3" ] || { echo "version-check: $1 says $2, the title line $title (wanted $3)" >&2; exit 1; }
}

major=$(macro MAJOR) minor=$(macro MINOR) patch=$(macro PATCH)
same 'MAJOR.MINOR.PATCH' "$major.$minor.$patch" "$title"
same WEBHOOK_VERSION_STRING "$(macro STRING)" "\"$title\""
same WEBHOOK_VERSION_HEX "$(macro HEX)" "$(printf '0x%02x%02x%02x' "$major" "$minor" "$patch")"
[ -f README.md ] || { echo "version-check: no README.md" >&2; exit 1; }
readme=$(grep -oE 'webhook\.h,? (version )?[0-9]+\.[0-9]+\.[0-9]+' README.md | head -1 | grep -oE '[0-9.]+$' || true)
same 'README.md ("webhook.h X.Y.Z")' "${readme:-nothing}" "$title"
if [ $# -gt 0 ]; then
    same "the tool" "$("$1" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -1)" "$title"
fi
echo "$title"
