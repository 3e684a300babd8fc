// Job control: stops of a child and of this process, its end by a signal, the controlling terminal,
// which signals were ignored when it started.
#pragma once
#include "roost_process.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

// The signals that whoever started this process let it ignore, as bits; found before `main`.
uint64_t roost_signals_ignored_at_start(void);

// The signal that has a child stopped now, 0 when it is not stopped, or ended; `-errno`. Tells each
// stop once.
static inline int roost_child_stop(int process) {
    siginfo_t information;
    information.si_pid = 0;
    int result;
    do {
        result = waitid(P_PID, (id_t)process, &information, WSTOPPED | WNOHANG);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return errno == ECHILD ? 0 : -errno;
    return information.si_pid == process ? information.si_status : 0;
}

// Stops this process by a signal whose action is the default and that the calling thread blocks, and
// every other process of its group too when `whole_group` says so. 1 once it was continued, 0 when
// the system does not stop it: nobody would continue a group that no shell watches.
static inline int roost_stop_by(int number, int whole_group) {
    sigset_t stop, go_on;
    sigemptyset(&stop);
    sigaddset(&stop, number);
    sigemptyset(&go_on);
    sigaddset(&go_on, SIGCONT);
    // Sending it also takes back a SIGCONT that is pending: one that is found below came later.
    if (kill(whole_group ? 0 : getpid(), number) < 0) return -errno;
    pthread_sigmask(SIG_UNBLOCK, &stop, NULL);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    struct timespec none = {0, 0};
    return sigtimedwait(&go_on, NULL, &none) == SIGCONT;
}

// What is in memory is never written out as a core, nor read by another process of the user.
static inline void roost_leave_no_core(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

// Ends this process by a signal, leaving no core; returns when its action is to go on.
static inline void roost_die_by(int number) {
    roost_leave_no_core();
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    signal(number, SIG_DFL);
    kill(getpid(), number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static inline int roost_open_terminal(void) {
    int result;
    do {
        result = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

// What the window of a terminal shows, in characters; 0 where that is not known.
static inline int roost_terminal_size(int terminal, uint16_t *columns, uint16_t *rows) {
    struct winsize size;
    if (ioctl(terminal, TIOCGWINSZ, &size) < 0) return -errno;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

// Has a terminal hand over each key as it comes, unseen; signals from keys go on. `before` gets what
// it was set to.
static inline int roost_terminal_by_key(int terminal, struct termios *before) {
    if (tcgetattr(terminal, before) < 0) return -errno;
    struct termios changed = *before;
    changed.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    changed.c_cc[VMIN] = 1;
    changed.c_cc[VTIME] = 0;
    return tcsetattr(terminal, TCSADRAIN, &changed) < 0 ? -errno : 0;
}

// Has a terminal show nothing of what is typed; lines are edited as before.
static inline int roost_terminal_hush(int terminal, struct termios *before) {
    if (tcgetattr(terminal, before) < 0) return -errno;
    struct termios changed = *before;
    changed.c_lflag &= ~(tcflag_t)ECHO;
    changed.c_lflag |= ECHONL;
    return tcsetattr(terminal, TCSADRAIN, &changed) < 0 ? -errno : 0;
}

static inline int roost_terminal_restore(int terminal, const struct termios *before) {
    return tcsetattr(terminal, TCSADRAIN, before) < 0 ? -errno : 0;
}
