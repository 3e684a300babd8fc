// Waiting for descriptors: epoll, eventfd, poll.
#pragma once
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

// One ready descriptor; `epoll_event` itself is packed, which Swift reads badly.
struct roost_event {
    uint64_t token;
    uint32_t readiness;
};

enum { ROOST_READABLE = 1, ROOST_WRITABLE = 2, ROOST_BROKEN = 4, ROOST_EVENTS_A_WAIT = 256 };

static inline int roost_epoll_create(void) {
    int result = epoll_create1(EPOLL_CLOEXEC);
    return result < 0 ? -errno : result;
}

static inline int roost_epoll_control(int poller, int operation, int descriptor, unsigned interest,
                                      uint64_t token) {
    struct epoll_event event = {.events = 0, .data = {.u64 = token}};
    if (interest & ROOST_READABLE) event.events |= EPOLLIN | EPOLLRDHUP;
    if (interest & ROOST_WRITABLE) event.events |= EPOLLOUT;
    return epoll_ctl(poller, operation, descriptor, &event) < 0 ? -errno : 0;
}

static inline int roost_epoll_add(int poller, int descriptor, unsigned interest, uint64_t token) {
    return roost_epoll_control(poller, EPOLL_CTL_ADD, descriptor, interest, token);
}

static inline int roost_epoll_change(int poller, int descriptor, unsigned interest,
                                     uint64_t token) {
    return roost_epoll_control(poller, EPOLL_CTL_MOD, descriptor, interest, token);
}

static inline int roost_epoll_remove(int poller, int descriptor) {
    return roost_epoll_control(poller, EPOLL_CTL_DEL, descriptor, 0, 0);
}

// What a wait for events came to; an interrupted one is a wait without events.
static inline int roost_epoll_taken(int count, const struct epoll_event *events,
                                    struct roost_event *into) {
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        uint32_t got = events[i].events, readiness = 0;
        if (got & (EPOLLIN | EPOLLRDHUP)) readiness |= ROOST_READABLE;
        if (got & EPOLLOUT) readiness |= ROOST_WRITABLE;
        if (got & (EPOLLERR | EPOLLHUP)) readiness |= ROOST_BROKEN;
        into[i] = (struct roost_event){.token = events[i].data.u64, .readiness = readiness};
    }
    return count;
}

// At most ROOST_EVENTS_A_WAIT events.
static inline int roost_epoll_wait(int poller, struct roost_event *into, int timeout) {
    struct epoll_event events[ROOST_EVENTS_A_WAIT];
    int count = epoll_wait(poller, events, ROOST_EVENTS_A_WAIT, timeout);
    return roost_epoll_taken(count, events, into);
}

// As roost_epoll_wait, but to the nanosecond where the system can (Linux 5.11), else to the next
// millisecond.
static inline int roost_epoll_wait_exactly(int poller, struct roost_event *into,
                                           uint64_t nanoseconds) {
#ifdef SYS_epoll_pwait2
    struct epoll_event events[ROOST_EVENTS_A_WAIT];
    struct { int64_t seconds, nanoseconds; } timeout = {
        .seconds = (int64_t)(nanoseconds / 1000000000u),
        .nanoseconds = (int64_t)(nanoseconds % 1000000000u),
    };
    long count = syscall(SYS_epoll_pwait2, poller, events, ROOST_EVENTS_A_WAIT, &timeout, 0, 0);
    if (count >= 0 || errno != ENOSYS) return roost_epoll_taken((int)count, events, into);
#endif
    uint64_t milliseconds = (nanoseconds + 999999) / 1000000;
    return roost_epoll_wait(poller, into, milliseconds > INT32_MAX ? INT32_MAX : (int)milliseconds);
}

static inline int roost_eventfd(int flags) {
    int result = eventfd(0, EFD_CLOEXEC | flags);
    return result < 0 ? -errno : result;
}

static inline int roost_eventfd_polled(void) { return roost_eventfd(EFD_NONBLOCK); }
static inline int roost_eventfd_blocking(void) { return roost_eventfd(0); }

// Waits for one descriptor: the readiness bits, 0 when the time ran out, or `-errno`.
static inline int roost_poll_one(int descriptor, unsigned interest, int timeout) {
    struct pollfd one = {.fd = descriptor, .events = 0, .revents = 0};
    if (interest & ROOST_READABLE) one.events |= POLLIN;
    if (interest & ROOST_WRITABLE) one.events |= POLLOUT;
    int count = poll(&one, 1, timeout);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    int readiness = 0;
    if (one.revents & POLLIN) readiness |= ROOST_READABLE;
    if (one.revents & POLLOUT) readiness |= ROOST_WRITABLE;
    if (one.revents & (POLLERR | POLLHUP | POLLNVAL)) readiness |= ROOST_BROKEN;
    return readiness;
}

// As `roost_poll_one`, but ends also when `other` is readable.
static inline int roost_poll_beside(int descriptor, unsigned interest, int other, int timeout) {
    struct pollfd both[2] = {{.fd = descriptor}, {.fd = other, .events = POLLIN}};
    if (interest & ROOST_READABLE) both[0].events |= POLLIN;
    if (interest & ROOST_WRITABLE) both[0].events |= POLLOUT;
    int count = poll(both, 2, timeout);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    int readiness = 0;
    if (both[0].revents & POLLIN) readiness |= ROOST_READABLE;
    if (both[0].revents & POLLOUT) readiness |= ROOST_WRITABLE;
    if (both[0].revents & (POLLERR | POLLHUP | POLLNVAL)) readiness |= ROOST_BROKEN;
    return readiness;
}
