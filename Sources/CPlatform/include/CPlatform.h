// What Glibc's Swift overlay lacks. Every shim is `static inline` and returns `-errno` on failure.
#pragma once
#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
