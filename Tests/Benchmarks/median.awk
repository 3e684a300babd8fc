# What both tables do with figures: values[system, row, field, place], counts[system, row].
function median(who, row, field,    count, place, other, value, sorted) {
    count = counts[who, row]
    for (place = 1; place <= count; place++) {
        value = values[who, row, field, place]
        for (other = place; other > 1 && sorted[other - 1] > value; other--) sorted[other] = sorted[other - 1]
        sorted[other] = value
    }
    if (count % 2) return sorted[(count + 1) / 2]
    return (sorted[count / 2] + sorted[count / 2 + 1]) / 2
}
function grouped(number,    text, out) {
    text = sprintf("%d", number)
    while (length(text) > 3) {
        out = "," substr(text, length(text) - 2) out
        text = substr(text, 1, length(text) - 3)
    }
    return text out
}
