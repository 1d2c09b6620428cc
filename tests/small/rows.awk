# rows.awk -- the table of RFC 4231 (name; key, message, tag in hex) as C: awk -f rows.awk tests/vectors/hmac_sha256.tsv
function bytes(hex,    i, out) {
    if (hex == "-") hex = ""
    for (i = 1; i < length(hex); i += 2) out = out "0x" substr(hex, i, 2) ","
    return "{" (out == "" ? "0" : out) "}"
}
BEGIN { FS = "\t"; print "static const small_row rows[] ROM = {" }
/^#/ || NF < 4 { next }
{ printf "{%d,%d,%d,%s,%s,%s},\n", length($2) / 2, length($3) / 2, length($4) / 2, bytes($2), bytes($3), bytes($4); n++ }
END { print "};"; printf "enum { ROWS = %d };\n", n }
