// Sockets: TCP and unix streams, non-blocking, close-on-exec; name resolution.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { ROOST_INET = AF_INET, ROOST_INET6 = AF_INET6, ROOST_UNIX = AF_UNIX };

// An address as the kernel takes it.
struct roost_address {
    uint32_t count;
    struct sockaddr_storage storage;
};

// `text` is a numeric IPv4 or IPv6 address. 0, or -EINVAL when it is neither.
static inline int roost_address_numeric(const char *text, uint16_t port, struct roost_address *into) {
    memset(into, 0, sizeof *into);
    struct sockaddr_in *v4 = (struct sockaddr_in *)&into->storage;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        into->count = sizeof *v4;
        return 0;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&into->storage;
    memset(into, 0, sizeof *into);
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        into->count = sizeof *v6;
        return 0;
    }
    return -EINVAL;
}

static inline int roost_address_unix(const char *path, size_t length, struct roost_address *into) {
    memset(into, 0, sizeof *into);
    struct sockaddr_un *address = (struct sockaddr_un *)&into->storage;
    if (length == 0 || length >= sizeof address->sun_path) return -ENAMETOOLONG;
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length);
    into->count = (uint32_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    return 0;
}

static inline int roost_address_family(const struct roost_address *address) {
    return address->storage.ss_family;
}

// The number of an IP address, most significant bits first; its family, which is that of IPv4 for one
// that IPv6 carries (RFC 4291, 2.5.5.2), or 0.
static inline int roost_address_number(const struct roost_address *address, uint64_t *high,
                                       uint64_t *low) {
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->storage;
    const uint8_t *bytes = v6->sin6_addr.s6_addr;
    *high = *low = 0;
    switch (address->storage.ss_family) {
    case AF_INET:
        *low = ntohl(((const struct sockaddr_in *)&address->storage)->sin_addr.s_addr);
        return AF_INET;
    case AF_INET6:
        for (int place = 0; place < 8; place++) {
            *high = *high << 8 | bytes[place];
            *low = *low << 8 | bytes[8 + place];
        }
        if (*high != 0 || *low >> 32 != 0xFFFF) return AF_INET6;
        *low &= 0xFFFFFFFF;
        return AF_INET;
    default: return 0;
    }
}

static inline uint16_t roost_address_port(const struct roost_address *address) {
    switch (address->storage.ss_family) {
    case AF_INET: return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
    case AF_INET6: return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    default: return 0;
    }
}

static inline void roost_address_set_port(struct roost_address *address, uint16_t port) {
    switch (address->storage.ss_family) {
    case AF_INET: ((struct sockaddr_in *)&address->storage)->sin_port = htons(port); break;
    case AF_INET6: ((struct sockaddr_in6 *)&address->storage)->sin6_port = htons(port); break;
    }
}

// The numeric host, or the path of a unix socket; always terminated. `count` is at least 128.
static inline void roost_address_text(const struct roost_address *address, char *into,
                                      size_t count) {
    into[0] = 0;
    switch (address->storage.ss_family) {
    case AF_INET:
        inet_ntop(AF_INET, &((const struct sockaddr_in *)&address->storage)->sin_addr, into,
                  (socklen_t)count);
        break;
    case AF_INET6:
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)&address->storage)->sin6_addr, into,
                  (socklen_t)count);
        break;
    case AF_UNIX:
        strncpy(into, ((const struct sockaddr_un *)&address->storage)->sun_path, count - 1);
        into[count - 1] = 0;
        break;
    }
}

// Up to `capacity` stream addresses; their count, or a negative EAI_ code. Blocks.
static inline int roost_resolve(const char *host, const char *service, struct roost_address *into,
                                int capacity) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int failure = getaddrinfo(host, service, &hints, &list);
    if (failure) return failure < 0 ? failure : -failure;
    int count = 0;
    for (struct addrinfo *one = list; one && count < capacity; one = one->ai_next) {
        if (one->ai_addrlen > sizeof into[count].storage) continue;
        memset(&into[count], 0, sizeof into[count]);
        memcpy(&into[count].storage, one->ai_addr, one->ai_addrlen);
        into[count++].count = one->ai_addrlen;
    }
    freeaddrinfo(list);
    return count;
}

static inline const char *roost_resolution_text(int code) { return gai_strerror(code); }

static inline int roost_socket(int family) {
    int result = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return result < 0 ? -errno : result;
}

static inline int roost_set_option(int socket, int level, int name, int value) {
    return setsockopt(socket, level, name, &value, sizeof value) < 0 ? -errno : 0;
}

static inline int roost_set_no_delay(int socket) {
    return roost_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
}

static inline int roost_set_reuse_address(int socket) {
    return roost_set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
}

// Whether an IPv6 socket takes IPv4 connections too, whatever net.ipv6.bindv6only says.
static inline int roost_set_ipv6_only(int socket, int value) {
    return roost_set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, value);
}

// A dead peer is noticed after `milliseconds` of unanswered data, or of unanswered probes.
static inline int roost_set_dead_peer_timeout(int socket, int milliseconds) {
    int seconds = milliseconds / 3000 > 0 ? milliseconds / 3000 : 1;
    int result = roost_set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds);
    if (!result) result = roost_set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    if (!result) result = roost_set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
    if (!result) result = roost_set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, seconds);
    if (!result) result = roost_set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
    return result;
}

static inline int roost_bind(int socket, const struct roost_address *address) {
    return bind(socket, (const struct sockaddr *)&address->storage, address->count) < 0 ? -errno : 0;
}

static inline int roost_listen(int socket, int backlog) {
    return listen(socket, backlog) < 0 ? -errno : 0;
}

static inline int roost_accept(int socket) {
    long result = syscall(SYS_accept4, socket, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return result < 0 ? -errno : (int)result;
}

static inline int roost_connect(int socket, const struct roost_address *address) {
    int result = connect(socket, (const struct sockaddr *)&address->storage, address->count);
    return result < 0 ? -errno : 0;
}

// The pending error of a socket as `-errno`, 0 when there is none.
static inline int roost_socket_error(int socket) {
    int code = 0;
    socklen_t count = sizeof code;
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &count) < 0) return -errno;
    return -code;
}

static inline int roost_local_address(int socket, struct roost_address *into) {
    memset(into, 0, sizeof *into);
    socklen_t count = sizeof into->storage;
    if (getsockname(socket, (struct sockaddr *)&into->storage, &count) < 0) return -errno;
    into->count = count;
    return 0;
}

static inline int roost_peer_address(int socket, struct roost_address *into) {
    memset(into, 0, sizeof *into);
    socklen_t count = sizeof into->storage;
    if (getpeername(socket, (struct sockaddr *)&into->storage, &count) < 0) return -errno;
    into->count = count;
    return 0;
}

static inline int64_t roost_receive(int socket, void *into, size_t count) {
    ssize_t result;
    do {
        result = recv(socket, into, count, 0);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

static inline int64_t roost_send(int socket, const void *from, size_t count) {
    ssize_t result;
    do {
        result = send(socket, from, count, MSG_NOSIGNAL);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

static inline int roost_shutdown_writing(int socket) {
    return shutdown(socket, SHUT_WR) < 0 ? -errno : 0;
}

// Sends one datagram to the unix socket `name`, of the abstract namespace where that begins with '@';
// never waits. 0, or `-errno`: -EAGAIN while its reader is behind.
static inline int roost_send_datagram(const char *name, size_t length, const void *from,
                                      size_t count) {
    struct roost_address address;
    int result = roost_address_unix(name, length, &address);
    if (result < 0) return result;
    if (name[0] == '@') {
        ((struct sockaddr_un *)&address.storage)->sun_path[0] = 0;
        address.count -= 1;
    }
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    ssize_t sent;
    do {
        sent = sendto(descriptor, from, count, MSG_NOSIGNAL,
                      (const struct sockaddr *)&address.storage, address.count);
    } while (sent < 0 && errno == EINTR);
    result = sent < 0 ? -errno : 0;
    close(descriptor);
    return result;
}
