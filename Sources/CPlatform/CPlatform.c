// What must run before `main`; everything else is in the headers.
#include "CPlatform.h"

static uint64_t ignored_at_start;

__attribute__((constructor)) static void find_ignored_signals(void) {
    for (int number = 1; number < 32; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            ignored_at_start |= roost_signal_bit(number);
    }
}

uint64_t roost_signals_ignored_at_start(void) { return ignored_at_start; }
