# Turns what `roost help` or `roost help COMMAND` prints into a man page (man(7)). Variables: name,
# version, day.

# Text of a page: nothing of it is a request or an escape of roff, and hyphens stay hyphens.
function plain(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    gsub(/'/, "\\(aq", text)
    gsub(/`/, "\\(ga", text)
    gsub(/\^/, "\\(ha", text)
    gsub(/~/, "\\(ti", text)
    return text ~ /^[.]/ ? "\\&" text : text
}

# What the user writes as it stands is bold; what stands for something else, in capitals, is italic.
function synopsis(text, count, words, number, out) {
    count = split(text, words, " ")
    for (number = 1; number <= count; number++) {
        out = out (number > 1 ? " " : "") (words[number] ~ /[A-Z]/ ? italic(words[number]) : bold(words[number]))
    }
    return out
}

# `--wait[=DURATION]`: the part before the sign is written as it stands.
function italic(word, place) {
    place = match(word, /^-[-a-z]*\[?=/) ? RLENGTH : 0
    return (place ? bold(substr(word, 1, place)) : "") "\\fI" plain(substr(word, place + 1)) "\\fR"
}

function bold(word) { return "\\fB" plain(word) "\\fR" }

function section(title) {
    print ".SH " title
    isNew = 1
}

# An item of a list: its head, then what is said of it.
function item(head, text) {
    print ".TP"
    print head
    if (text != "") print plain(text)
}

function command_page(words) {
    gsub(/ /, "-", words)
    return "roost-" words
}

BEGIN {
    printf ".TH %s 1 \"%s\" \"%s\" \"Roost\"\n", toupper(name), day, version
    print ".nh\n.ad l"
    part = "head"
    isOverview = name == "roost"
}

/^(Usage|Commands|Flags|Flags of every command .*|Common flags|Examples?):/ {
    if ($0 ~ /^Usage: /) {
        usage = substr($0, 8)
        if (isOverview) print_head(summary)
        next
    }
    part = $1 == "Commands:" ? "commands" : $1 ~ /^Example/ ? "examples" : "flags"
    if (part == "commands") section("COMMANDS")
    else if (part == "examples") section($1 == "Example:" ? "EXAMPLE" : "EXAMPLES")
    else if ($0 ~ /^Flags of every/) section("OPTIONS OF EVERY COMMAND THAT ASKS THE SERVICE")
    else section($1 == "Common" ? "COMMON OPTIONS" : "OPTIONS")
    next
}

# The first paragraph of a command's page is its summary; that of the overview stands before the usage.
part == "head" && NF && isOverview {
    summary = $0
    sub(/^roost: /, "", summary)
    sub(/[.]$/, "", summary)
    next
}
part == "head" && NF {
    print_head($0)
    part = "text"
    next
}

function print_head(summary) {
    section("NAME")
    print plain(name) " \\- " plain(summary)
    section("SYNOPSIS")
    print synopsis(usage)
    if (isOverview) part = "text"
}

part == "text" && NF {
    if (!isDescribed) section("DESCRIPTION")
    isDescribed = 1
    if (wasEmpty && !isNew) print ".PP"
    isNew = 0
    print plain($0)
}
{ wasEmpty = !NF }

part == "commands" && NF {
    match($0, /^  [a-z ]*[a-z]  +/)
    command = substr($0, 3, RLENGTH - 2)
    sub(/ +$/, "", command)
    item("\\fB" plain(command_page(command)) "\\fR(1)", substr($0, RLENGTH + 1))
}

# Two blanks, or the line's end, separate a flag from what is said of it.
part == "flags" && /^  -/ {
    head = substr($0, 3)
    rest = ""
    if (match(head, /  +/)) {
        rest = substr(head, RSTART + RLENGTH)
        head = substr(head, 1, RSTART - 1)
    }
    item(flag(head), rest)
}
part == "flags" && /^    +[^ -]/ { print plain(substr($0, match($0, /[^ ]/))) }
part == "flags" && /^[^ ]/ {
    part = "end"
    section("SEE ALSO")
}

function flag(head) {
    if (head !~ /^-[a-z], /) return synopsis(head)
    return bold(substr(head, 1, 2)) ", " synopsis(substr(head, 5))
}

# A line of JSON has no blank to break it at.
part == "examples" && /^  [^ ]/ {
    command = bold(substr($0, 3))
    gsub(/,/, ",\\:", command)
    item(command, "")
}
part == "examples" && /^      / { print plain(substr($0, 7)) }

END {
    if (part != "end") section("SEE ALSO")
    print isOverview ? "\\fBroost\\-help\\fR(1), \\fBroost\\-serve\\fR(1)" : "\\fBroost\\fR(1)"
}
