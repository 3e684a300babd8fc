// Files and directories, by descriptor and name beside it.
#pragma once
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROOST_RETRY(type, result, expression)                                                      \
    type result;                                                                                   \
    do {                                                                                           \
        result = (expression);                                                                     \
    } while (result < 0 && errno == EINTR)

static inline int roost_open_at(int directory, const char *name, int flags, unsigned mode) {
    ROOST_RETRY(int, result, openat(directory, name, flags | O_CLOEXEC, mode));
    return result < 0 ? -errno : result;
}

static inline int roost_open_directory(const char *path) {
    return roost_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
}

static inline int roost_open_path(const char *path, int flags, unsigned mode) {
    return roost_open_at(AT_FDCWD, path, flags, mode);
}

// `/dev/null`, or where there is none the root, at exactly that number, kept across `exec`.
static inline int roost_put_null_at(int descriptor, int flags) {
    int opened = open("/dev/null", flags);
    if (opened < 0) opened = open("/", O_RDONLY | O_DIRECTORY);
    if (opened < 0) return -errno;
    if (opened == descriptor) return 0;
    int result = dup2(opened, descriptor) < 0 ? -errno : 0;
    close(opened);
    return result;
}

static inline int roost_is_closed(int descriptor) {
    return fcntl(descriptor, F_GETFD) < 0 && errno == EBADF;
}

// Whether the descriptor is the one that JOURNAL_STREAM names, DEVICE:INODE.
static inline int roost_is_journal(int descriptor) {
    const char *text = getenv("JOURNAL_STREAM");
    struct stat found;
    if (!text || fstat(descriptor, &found) < 0) return 0;
    char *colon;
    unsigned long long device = strtoull(text, &colon, 10);
    if (*colon != ':') return 0;
    char *end;
    unsigned long long inode = strtoull(colon + 1, &end, 10);
    return *end == 0 && device == found.st_dev && inode == found.st_ino;
}

static inline int roost_make_directory(const char *path, unsigned mode) {
    return mkdir(path, mode) < 0 ? -errno : 0;
}

static inline int roost_remove_directory(const char *path) {
    return rmdir(path) < 0 ? -errno : 0;
}

static inline int64_t roost_pread(int file, void *into, size_t count, int64_t offset) {
    ROOST_RETRY(ssize_t, result, pread(file, into, count, offset));
    return result < 0 ? -errno : result;
}

static inline int64_t roost_pwrite(int file, const void *from, size_t count, int64_t offset) {
    ROOST_RETRY(ssize_t, result, pwrite(file, from, count, offset));
    return result < 0 ? -errno : result;
}

static inline int64_t roost_read(int file, void *into, size_t count) {
    ROOST_RETRY(ssize_t, result, read(file, into, count));
    return result < 0 ? -errno : result;
}

static inline int64_t roost_write(int file, const void *from, size_t count) {
    ROOST_RETRY(ssize_t, result, write(file, from, count));
    return result < 0 ? -errno : result;
}

// No retry after EINTR or anything else: what a failed sync left behind is unknown.
static inline int roost_fdatasync(int file) { return fdatasync(file) < 0 ? -errno : 0; }
static inline int roost_fsync(int file) { return fsync(file) < 0 ? -errno : 0; }

// Everything of the file system that `file` is on. No header shows syncfs without `_GNU_SOURCE`.
static inline int roost_sync_file_system(int file) {
    return syscall(SYS_syncfs, file) < 0 ? -errno : 0;
}

static inline int roost_truncate(int file, int64_t count) {
    ROOST_RETRY(int, result, ftruncate(file, count));
    return result < 0 ? -errno : 0;
}

static inline int64_t roost_file_size(int file) {
    struct stat status;
    return fstat(file, &status) < 0 ? -errno : status.st_size;
}

static inline int64_t roost_file_size_at(int directory, const char *name) {
    struct stat status;
    return fstatat(directory, name, &status, 0) < 0 ? -errno : status.st_size;
}

static inline int roost_rename_at(int directory, const char *from, const char *to) {
    return renameat(directory, from, directory, to) < 0 ? -errno : 0;
}

static inline int roost_unlink_at(int directory, const char *name) {
    return unlinkat(directory, name, 0) < 0 ? -errno : 0;
}

static inline int roost_unlink(const char *path) { return unlink(path) < 0 ? -errno : 0; }

// The kind of thing at `path` as S_IFMT bits, without following a link.
static inline int roost_file_kind(const char *path) {
    struct stat status;
    return lstat(path, &status) < 0 ? -errno : (int)(status.st_mode & S_IFMT);
}

// The permission bits of what has that name.
static inline int roost_permissions_of(const char *path) {
    struct stat status;
    return lstat(path, &status) < 0 ? -errno : (int)(status.st_mode & 07777);
}

// Whether `path` leads to a regular file, through links.
static inline int roost_is_regular_file(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

// By what a file is known to be another one, or another content: device, number, size, time.
struct roost_file_stamp {
    uint64_t device, number;
    int64_t size, seconds, nanoseconds;
};

// Follows links; 0, or -errno.
static inline int roost_stamp(const char *path, struct roost_file_stamp *into) {
    struct stat status;
    if (stat(path, &status) < 0) return -errno;
    into->device = (uint64_t)status.st_dev;
    into->number = (uint64_t)status.st_ino;
    into->size = (int64_t)status.st_size;
    into->seconds = (int64_t)status.st_mtim.tv_sec;
    into->nanoseconds = (int64_t)status.st_mtim.tv_nsec;
    return 0;
}

static inline int roost_is_socket(int kind) { return S_ISSOCK(kind); }

// The permission bits of an open file.
static inline int roost_permissions(int file) {
    struct stat status;
    return fstat(file, &status) < 0 ? -errno : (int)(status.st_mode & 07777);
}

// Gives `file` the owner, the group and the permissions of `other`.
static inline int roost_take_owner(int file, int other) {
    struct stat status;
    if (fstat(other, &status) < 0) return -errno;
    if (fchown(file, status.st_uid, status.st_gid) < 0) return -errno;
    return fchmod(file, status.st_mode & 0777) < 0 ? -errno : 0;
}

static inline int roost_lock_exclusively(int file) {
    ROOST_RETRY(int, result, flock(file, LOCK_EX | LOCK_NB));
    return result < 0 ? -errno : 0;
}

static inline int64_t roost_free_bytes(int directory) {
    struct statvfs status;
    ROOST_RETRY(int, result, fstatvfs(directory, &status));
    return result < 0 ? -errno : (int64_t)(status.f_bavail * status.f_frsize);
}

// Starts a listing of its own, so that two of one descriptor do not share a position.
static inline DIR *roost_list(int directory) {
    int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0) return NULL;
    DIR *list = fdopendir(own);
    if (!list) close(own);
    return list;
}

// The next name, NULL at the end; `*failure` is then 0 or `-errno`.
static inline const char *roost_next_name(DIR *list, int *failure) {
    errno = 0;
    struct dirent *entry = readdir(list);
    *failure = entry ? 0 : -errno;
    return entry ? entry->d_name : NULL;
}

static inline int roost_random(void *into, size_t count) {
    ROOST_RETRY(ssize_t, result, getrandom(into, count, 0));
    return result < 0 ? -errno : result == (ssize_t)count ? 0 : -EIO;
}

static inline uint64_t roost_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t roost_clock_monotonic(void) { return roost_clock(CLOCK_MONOTONIC); }
static inline uint64_t roost_clock_boottime(void) { return roost_clock(CLOCK_BOOTTIME); }
static inline uint64_t roost_clock_thread(void) { return roost_clock(CLOCK_THREAD_CPUTIME_ID); }
static inline int64_t roost_clock_wall(void) { return (int64_t)time(NULL); }

// Milliseconds since 1970 by the wall clock.
static inline int64_t roost_clock_wall_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Writes the error's text, always terminated.
static inline void roost_error_text(int code, char *into, size_t count) {
    if (strerror_r(code, into, count) != 0) snprintf(into, count, "unknown error");
}
