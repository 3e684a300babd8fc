// Signals as descriptors, children, process groups, terminals, threads' names, limits.
#pragma once
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static inline uint64_t roost_signal_bit(int number) { return (uint64_t)1 << (number - 1); }

// Sets of signals cross into Swift as bits: signal n is bit n - 1.
static inline void roost_signal_set(uint64_t bits, sigset_t *into) {
    sigemptyset(into);
    for (int number = 1; number <= 64; number++)
        if (bits & roost_signal_bit(number)) sigaddset(into, number);
}

static inline int roost_block_signals(uint64_t bits) {
    sigset_t set;
    roost_signal_set(bits, &set);
    return -pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static inline int roost_unblock_signals(uint64_t bits) {
    sigset_t set;
    roost_signal_set(bits, &set);
    return -pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static inline int roost_ignore_signal(int number) {
    return signal(number, SIG_IGN) == SIG_ERR ? -errno : 0;
}

static inline int roost_default_signal(int number) {
    return signal(number, SIG_DFL) == SIG_ERR ? -errno : 0;
}

static inline int roost_signal_descriptor(uint64_t bits) {
    sigset_t set;
    roost_signal_set(bits, &set);
    int result = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return result < 0 ? -errno : result;
}

// The next pending signal's number, 0 when there is none.
static inline int roost_next_signal(int descriptor) {
    struct signalfd_siginfo info;
    ssize_t count;
    do {
        count = read(descriptor, &info, sizeof info);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return errno == EAGAIN ? 0 : -errno;
    return count == sizeof info ? (int)info.ssi_signo : -EIO;
}

struct roost_spawn_request {
    // Looked for in PATH when it has no slash.
    const char *executable;
    char *const *arguments;
    char *const *environment;
    // Pairs: the descriptor here, the number it gets in the child.
    const int *descriptors;
    int descriptor_pairs;
    // -1 stays in the parent's group, 0 makes one of its own, else joins that one.
    int group;
    // A terminal of which the child's group becomes the foreground, or -1.
    int foreground_of;
    // Signals, as bits, that the child ignores if this process does.
    uint64_t left_ignored;
};

// glibc 2.35; spawn.h shows it only under `_GNU_SOURCE`.
int posix_spawn_file_actions_addtcsetpgrp_np(posix_spawn_file_actions_t *actions, int terminal);

enum { ROOST_SPAWN_DESCRIPTORS_MAX = 16 };

// Sources are duplicated above every target first, so that no pair overwrites another's source.
static inline int roost_spawn_actions(const struct roost_spawn_request *spawn, int *lifted,
                                      posix_spawn_file_actions_t *actions) {
    if (spawn->descriptor_pairs > ROOST_SPAWN_DESCRIPTORS_MAX) return EINVAL;
    int failure = 0;
    if (spawn->foreground_of >= 0)
        failure = posix_spawn_file_actions_addtcsetpgrp_np(actions, spawn->foreground_of);
    for (int i = 0; i < spawn->descriptor_pairs && !failure; i++) {
        lifted[i] = fcntl(spawn->descriptors[2 * i], F_DUPFD_CLOEXEC, 32);
        if (lifted[i] < 0) return errno;
        failure = posix_spawn_file_actions_adddup2(actions, lifted[i], spawn->descriptors[2 * i + 1]);
    }
    return failure;
}

// The child's process id or `-errno`. The child has every signal at its default, but those that are
// left ignored, and none blocked.
static inline int roost_spawn(const struct roost_spawn_request *spawn) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults, none;
    roost_signal_set(~spawn->left_ignored, &defaults);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setsigmask(&attributes, &none);
    if (spawn->group >= 0) {
        flags |= POSIX_SPAWN_SETPGROUP;
        posix_spawnattr_setpgroup(&attributes, spawn->group);
    }
    posix_spawnattr_setflags(&attributes, flags);
    int lifted[ROOST_SPAWN_DESCRIPTORS_MAX];
    for (int i = 0; i < ROOST_SPAWN_DESCRIPTORS_MAX; i++) lifted[i] = -1;
    int failure = roost_spawn_actions(spawn, lifted, &actions);
    pid_t child = 0;
    if (!failure)
        failure = posix_spawnp(&child, spawn->executable, &actions, &attributes, spawn->arguments,
                               spawn->environment);
    for (int i = 0; i < ROOST_SPAWN_DESCRIPTORS_MAX; i++)
        if (lifted[i] >= 0) close(lifted[i]);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failure ? -failure : child;
}

static inline int roost_process_descriptor(int process) {
    long result = syscall(SYS_pidfd_open, process, 0);
    return result < 0 ? -errno : (int)result;
}

// How a child ended: 0 while it runs, 1 exited with `*code`, 2 killed by signal `*code`; `-errno`.
static inline int roost_wait(int process, int *code, int blocks) {
    int status = 0;
    pid_t result;
    do {
        result = waitpid(process, &status, blocks ? 0 : WNOHANG);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    if (result == 0) return 0;
    if (WIFSIGNALED(status)) {
        *code = WTERMSIG(status);
        return 2;
    }
    *code = WEXITSTATUS(status);
    return 1;
}

static inline int roost_kill(int process, int number) {
    return kill(process, number) < 0 ? -errno : 0;
}

static inline int roost_kill_group(int group, int number) {
    return kill(-group, number) < 0 ? -errno : 0;
}

static inline int roost_foreground_group(int terminal) {
    int result = tcgetpgrp(terminal);
    return result < 0 ? -errno : result;
}

// SIGTTOU is blocked meanwhile: a background process may give the terminal back.
static inline int roost_set_foreground_group(int terminal, int group) {
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    int result = tcsetpgrp(terminal, group) < 0 ? -errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

// No program that this process becomes or starts gets the descriptor.
static inline int roost_close_on_exec(int descriptor) {
    return fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

// Closes every descriptor from that number on.
static inline int roost_close_from(int first) {
    return syscall(SYS_close_range, (unsigned)first, ~0U, 0) < 0 ? -errno : 0;
}

static inline int roost_pipe(int *reading, int *writing) {
    int ends[2];
    if (syscall(SYS_pipe2, ends, O_CLOEXEC) < 0) return -errno;
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

static inline int roost_die_with_parent(int number) {
    return prctl(PR_SET_PDEATHSIG, number) < 0 ? -errno : 0;
}

// How late the system may end this thread's waits so that wake-ups gather.
static inline int roost_set_timer_slack(uint64_t nanoseconds) {
    return prctl(PR_SET_TIMERSLACK, nanoseconds) < 0 ? -errno : 0;
}

static inline int roost_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return -errno;
    return fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

extern char **environ;
static inline char *const *roost_environment(void) { return environ; }
static inline int roost_set_environment_value(const char *name, const char *value) {
    return setenv(name, value, 1) < 0 ? -errno : 0;
}
static inline const char *roost_environment_value(const char *name) { return getenv(name); }

// Raises the soft limit of open files to the hard one; the limit in force then.
static inline int64_t roost_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return limit.rlim_cur > INT32_MAX ? INT32_MAX : (int64_t)limit.rlim_cur;
}

struct roost_usage {
    uint64_t cpu_nanoseconds;
    uint64_t descriptor_max;
    // 0 where the system does not say: Linux before 6.2.
    uint64_t descriptor_count;
};

// What this process has used of processors, and how many descriptors it has and may have.
static inline int64_t roost_read_usage(struct roost_usage *into) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) < 0) return -errno;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    struct stat descriptors;
    if (stat("/proc/self/fd", &descriptors) < 0) return -errno;
    uint64_t seconds = (uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec;
    uint64_t microseconds = (uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec;
    into->cpu_nanoseconds = seconds * 1000000000u + microseconds * 1000u;
    into->descriptor_max = limit.rlim_cur;
    into->descriptor_count = (uint64_t)descriptors.st_size;
    return 0;
}

// Starts a thread that has every signal blocked but the faults.
static inline int roost_start_thread(pthread_t *into, void *(*body)(void *), void *argument) {
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGTRAP);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGABRT);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(into, NULL, body, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -failure;
}

// At most 15 bytes of `name` are kept.
static inline void roost_name_thread(const char *name) {
    prctl(PR_SET_NAME, name);
}
