# A table whose titles end with @UNIT, or don't, to an SVG of one panel a unit, both axes logarithmic.
function log10(number) { return log(number) / log(10) }
function escaped(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); return text }
# 0.05, 20, 3k, 4M
function shown(number) {
    if (number >= 999500) return sprintf("%g", number / 1e6) "M"
    if (number >= 1000) return sprintf("%g", number / 1e3) "k"
    return sprintf("%g", number)
}
function floor(number,    whole) { whole = int(number); return whole > number ? whole - 1 : whole }
function across(value) { return left + (value - xLow) / (xHigh - xLow) * width }
function down(value) { return top + height - (value - yLow) / (yHigh - yLow) * height }
function text(x, y, anchor, style, words) {
    printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>\n", x, y, anchor, style, escaped(words)
}
function panel(unit,    field, line, low, high, power, step, points, dot) {
    low = 1e30; high = -1e30
    for (field = 2; field <= columnCount; field++) {
        if (unitOf[field] != unit) continue
        for (line = 1; line <= rowCount; line++) {
            if (x[line] <= 0 || cell[line, field] !~ /^[0-9.]+$/ || cell[line, field] <= 0) continue
            if (log10(cell[line, field]) < low) low = log10(cell[line, field])
            if (log10(cell[line, field]) > high) high = log10(cell[line, field])
        }
    }
    if (high < low) return
    yLow = floor(low); yHigh = floor(high) + 1
    for (power = yLow; power <= yHigh; power++) {
        printf "<path class=\"g\" d=\"M%.1f %.1fh%.1f\"/>\n", left, down(power), width
        text(left - 6, down(power) + 4, "end", "", shown(10 ^ power))
    }
    for (line = 1; line <= rowCount; line++) {
        if (x[line] <= 0) continue
        printf "<path class=\"g\" d=\"M%.1f %.1fv%.1f\"/>\n", across(log10(x[line])), top, height
        text(across(log10(x[line])), top + height + 16, "middle", "", shown(x[line]))
    }
    text(left + width / 2, top + height + 34, "middle", "", titleOf[1])
    step = 0
    for (field = 2; field <= columnCount; field++) {
        if (unitOf[field] != unit) continue
        points = ""; dot = ""
        for (line = 1; line <= rowCount; line++) {
            if (x[line] <= 0 || cell[line, field] !~ /^[0-9.]+$/ || cell[line, field] <= 0) continue
            points = points sprintf(" %.1f,%.1f", across(log10(x[line])), down(log10(cell[line, field])))
            dot = dot sprintf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" class=\"d%d\"/>",
                across(log10(x[line])), down(log10(cell[line, field])), step % 4)
        }
        printf "<polyline class=\"l%d\" points=\"%s\"/>%s\n", step % 4, substr(points, 2), dot
        text(left, 16 + 15 * step, "start", " class=\"n" step % 4 "\"", titleOf[field])
        step++
    }
}
BEGIN { width = 230; height = 170; gap = 74; top = 68 }
NR == 1 {
    columnCount = NF
    for (field = 1; field <= NF; field++) {
        at = index($field, "@")
        titleOf[field] = at ? substr($field, 1, at - 1) : $field
        unitOf[field] = at ? substr($field, at + 1) : ""
        if (at && !(unitOf[field] in seen)) { seen[unitOf[field]] = 1; units[++unitCount] = unitOf[field] }
    }
    next
}
{
    x[++rowCount] = $1 + 0
    for (field = 2; field <= NF; field++) cell[rowCount, field] = $field
}
END {
    xLow = 1e30; xHigh = -1e30
    for (line = 1; line <= rowCount; line++) {
        if (x[line] <= 0) continue
        if (log10(x[line]) < xLow) xLow = log10(x[line])
        if (log10(x[line]) > xHigh) xHigh = log10(x[line])
    }
    if (xHigh <= xLow) xHigh = xLow + 1
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"11\">\n", \
        unitCount * (width + gap) + 10, top + height + 44
    print "<style>text{fill:#555}.g{stroke:#ddd}polyline{fill:none;stroke-width:1.8}" \
        ".l0{stroke:#1f6fb4}.l1{stroke:#c8501e}.l2{stroke:#2c8a4b}.l3{stroke:#8a5fb0}" \
        ".d0,.n0{fill:#1f6fb4}.d1,.n1{fill:#c8501e}.d2,.n2{fill:#2c8a4b}.d3,.n3{fill:#8a5fb0}</style>"
    print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
    left = 54
    for (place = 1; place <= unitCount; place++) {
        panel(units[place])
        left += width + gap
    }
    print "</svg>"
}
