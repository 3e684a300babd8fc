// SRV records by the system's resolver.
#pragma once
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdint.h>
#include <string.h>

// The answer to the question for SRV records of `name`, which is completed as resolv.conf says, read
// anew each time. Its length, at most `capacity`; or a negative h_errno. Blocks.
static inline int roost_service_query(const char *name, uint8_t *into, int capacity) {
    enum { CLASS_INTERNET = 1, TYPE_SRV = 33 };
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) < 0) return -NO_RECOVERY;
    int count = res_nsearch(&state, name, CLASS_INTERNET, TYPE_SRV, into, capacity);
    int failure = state.res_h_errno;
    res_nclose(&state);
    if (count < 0) return failure > 0 ? -failure : -NO_RECOVERY;
    return count < capacity ? count : capacity;
}

enum {
    ROOST_NAME_UNKNOWN = HOST_NOT_FOUND,
    ROOST_NAME_SERVERS_SILENT = TRY_AGAIN,
    ROOST_NAME_NO_RECORD = NO_DATA,
};
