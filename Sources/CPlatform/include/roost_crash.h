// One line on standard error when the process dies by a fault: a trap of an optimised Swift build
// prints nothing by itself. Everything called here is async-signal-safe.
#pragma once
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static inline const char *roost_fault_name(int number) {
    switch (number) {
    case SIGILL: return "SIGILL";
    case SIGSEGV: return "SIGSEGV";
    case SIGBUS: return "SIGBUS";
    case SIGTRAP: return "SIGTRAP";
    default: return "signal";
    }
}

static inline void roost_crashed(int number, siginfo_t *info, void *context) {
    (void)context;
    char line[96] = "roost: fatal: ";
    size_t length = strlen(line);
    const char *name = roost_fault_name(number);
    for (; *name; name++) line[length++] = *name;
    const char *at = " at address 0x";
    for (; *at; at++) line[length++] = *at;
    uintptr_t address = (uintptr_t)info->si_addr;
    for (int shift = 60; shift >= 0; shift -= 4) line[length++] = "0123456789abcdef"[address >> shift & 15];
    line[length++] = '\n';
    ssize_t ignored = write(STDERR_FILENO, line, length);
    (void)ignored;
    // SA_RESETHAND has put the default action back, and the signal is blocked until we return:
    // then it ends us, also when it was sent and no instruction would fault again.
    raise(number);
}

static inline void roost_install_crash_handler(void) {
    static char stack[16384];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack, .ss_flags = 0};
    sigaltstack(&alternate, 0);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = roost_crashed;
    action.sa_flags = SA_SIGINFO | SA_RESETHAND | SA_ONSTACK;
    const int faults[] = {SIGILL, SIGSEGV, SIGBUS, SIGTRAP};
    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) sigaction(faults[i], &action, 0);
}
