// What Glibc's Swift overlay lacks. Every shim is `static inline`, retries EINTR where a retry is
// right, and returns `-errno` on failure, so that nothing in between can overwrite `errno`. No `_GNU_SOURCE`: with it, the system's
// headers would mean something else here than in Swift's Glibc module.
#pragma once
#include "roost_crash.h"
#include "roost_file.h"
#include "roost_image.h"
#include "roost_job.h"
#include "roost_naming.h"
#include "roost_poll.h"
#include "roost_process.h"
#include "roost_revision.h"
#include "roost_socket.h"
