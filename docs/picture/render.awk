# Turns captured terminals into one SVG. Input: a line "@ TITLE" begins a terminal; then its lines with SGR escapes. Runs with LC_ALL=C.
BEGIN {
    cell = 8.4; row = 18; columns = 100; margin = 14; bar = 28
    colour[30] = "#6e7681"; colour[31] = "#ff7b72"; colour[32] = "#3fb950"; colour[33] = "#d29922"
    colour[34] = "#79c0ff"; colour[35] = "#d2a8ff"; colour[36] = "#56d4dd"; colour[37] = "#e6edf3"
    width = columns * cell + 2 * margin; y = 0; body = ""
}

/^@ / { finish(); title = substr($0, 3); count = 0; bold = 0; dim = 0; ink = ""; next }

{ lines[++count] = $0 }

END {
    finish()
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"14\">\n", width, y, width, y
    print "<title>Two terminals: Alice and Bob chat; Bob was killed and is back</title>"
    printf "%s</svg>\n", body
}

# Draws the terminal that was read, without the empty lines at its end.
function finish(    i, top, height) {
    while (count > 0 && lines[count] ~ /^(\033\[[0-9;]*m)*[ ]*(\033\[[0-9;]*m)*$/) count--
    if (count == 0) return
    if (y > 0) y += 12
    top = y; height = bar + count * row + margin
    body = body sprintf("<rect y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#0d1117\" stroke=\"#30363d\"/>\n", top, width, height)
    for (i = 0; i < 3; i++) body = body sprintf("<circle cx=\"%d\" cy=\"%d\" r=\"5\" fill=\"#30363d\"/>\n", 18 + i * 16, top + 15)
    body = body sprintf("<text x=\"%d\" y=\"%d\" fill=\"#8b949e\" text-anchor=\"middle\">%s</text>\n", width / 2, top + 20, escape(title))
    for (i = 1; i <= count; i++) body = body draw(lines[i], top + bar + i * row - 4)
    y = top + height
}

# One line; the style goes on from the line before. A text element for each run of the same style, each at its own column, so that no font can shift the next.
function draw(line, baseline,    column, text, result, codes) {
    column = 0; result = ""
    while (line != "") {
        if (match(line, /^\033\[[0-9;]*m/)) {
            codes = substr(line, 3, RLENGTH - 3); line = substr(line, RLENGTH + 1); style(codes); continue
        }
        if (match(line, /^[^\033]+/)) { text = substr(line, 1, RLENGTH); line = substr(line, RLENGTH + 1) }
        else { line = substr(line, 2); continue }
        if (text !~ /^ *$/)
            result = result sprintf("<text xml:space=\"preserve\" x=\"%.1f\" y=\"%d\" fill=\"%s\"%s>%s</text>\n", margin + column * cell, baseline, ink != "" ? ink : dim ? "#8b949e" : "#e6edf3", bold ? " font-weight=\"bold\"" : "", escape(text))
        column += cells(text)
    }
    return result
}

function style(codes,    parts, n, i) {
    n = split(codes, parts, ";")
    if (n == 0) { bold = 0; dim = 0; ink = "" }
    for (i = 1; i <= n; i++) {
        if (parts[i] == 0) { bold = 0; dim = 0; ink = "" }
        else if (parts[i] == 1) bold = 1
        else if (parts[i] == 2) dim = 1
        else if (parts[i] == 22) { bold = 0; dim = 0 }
        else if (parts[i] == 39) ink = ""
        else if (parts[i] in colour) ink = colour[parts[i]]
    }
}

# Signs, not bytes.
function cells(text) { gsub(/[\200-\277]/, "", text); return length(text) }

function escape(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); return text }
