// Replacing this process's program.
#pragma once
#include <errno.h>
#include <unistd.h>

extern char **environ;

// `-errno`; does not return when it succeeds.
static inline int roost_become(const char *program, char *const *arguments,
                               char *const *environment) {
    char **before = environ;
    environ = (char **)environment;
    execvp(program, arguments);
    int result = -errno;
    environ = before;
    return result;
}
