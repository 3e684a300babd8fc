# What a person wants to see of a test run: everything but what went well, which is counted.
# Swift Testing marks what begins with ◇, what passed with ✔, what was left out with ➜.
function clear() { if (shown) { printf "\r\033[K" > "/dev/stderr"; shown = 0 } }
/^(◇|↳ Test case passing|\[[0-9]+\/[0-9]+\])/ { next }
/^✔ Test run with / { clear(); closing = 1; print; next }
/^✔ Test case passing / { next }
/^✔ (Test|Suite) / {
    if (/^✔ Test /) passed++
    if (terminal && passed % 20 == 0) { printf "\r%d tests passed", passed > "/dev/stderr"; shown = 1 }
    next
}
/^➜/ { clear(); print; next }
/^(Test Suite '|\t Executed 0 tests|Building for|Build complete|\[0\/1\] Planning)/ { next }
{ clear(); print; fflush() }
