# What a person wants to see of a test run: everything but what went well, which is counted.
# Swift Testing marks what begins with ◇, what passed with ✔, what was left out with ➜. What it says
# of a beginning goes on to a line that ends in "started." where an argument has several lines.
function clear() { if (shown) { printf "\r\033[K" > "/dev/stderr"; shown = 0 } }
beginning && /^(✘|✔|◇|➜)/ { beginning = 0 }
beginning {
    if (/started\.$/ || ++lines > 30) beginning = 0
    next
}
/^◇/ { beginning = !/started\.$/; lines = 0; next }
/^(\[[0-9]+\/[0-9]+\]|Test Suite '|\t Executed 0 tests|Building for|Build complete)/ { next }
/^↳ (Testing Library|Target Platform)/ { next }
/^✔ Test case passing / { next }
/^✔ Test run with / { clear(); print; next }
/^✔ (Test|Suite) / {
    if (/^✔ Test / && ++passed % 20 == 0 && terminal) {
        printf "\r%d tests passed", passed > "/dev/stderr"
        shown = 1
    }
    next
}
{ clear(); print; fflush() }
