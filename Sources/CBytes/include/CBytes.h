// What Swift cannot say about bytes: the processor's CRC32C instruction.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
/// Whether this processor has the CRC32C instruction (SSE 4.2).
static inline int roost_crc32c_available(void) { return __builtin_cpu_supports("sse4.2") != 0; }
/// Continues `state` (already inverted) over `count` bytes. Call only where it is available.
__attribute__((target("sse4.2"))) static inline uint32_t
roost_crc32c(uint32_t state, const void *_Nonnull bytes, size_t count) {
    const uint8_t *cursor = (const uint8_t *)bytes;
    uint64_t wide = state;
    while (count >= 32) {
        uint64_t words[4];
        memcpy(words, cursor, 32);
        wide = __builtin_ia32_crc32di(wide, words[0]);
        wide = __builtin_ia32_crc32di(wide, words[1]);
        wide = __builtin_ia32_crc32di(wide, words[2]);
        wide = __builtin_ia32_crc32di(wide, words[3]);
        cursor += 32;
        count -= 32;
    }
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, cursor, 8);
        wide = __builtin_ia32_crc32di(wide, word);
        cursor += 8;
        count -= 8;
    }
    state = (uint32_t)wide;
    while (count > 0) {
        state = __builtin_ia32_crc32qi(state, *cursor);
        cursor += 1;
        count -= 1;
    }
    return state;
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
static inline int roost_crc32c_available(void) { return 1; }
static inline uint32_t roost_crc32c(uint32_t state, const void *_Nonnull bytes, size_t count) {
    const uint8_t *cursor = (const uint8_t *)bytes;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, cursor, 8);
        state = __crc32cd(state, word);
        cursor += 8;
        count -= 8;
    }
    while (count > 0) {
        state = __crc32cb(state, *cursor);
        cursor += 1;
        count -= 1;
    }
    return state;
}
#else
static inline int roost_crc32c_available(void) { return 0; }
static inline uint32_t roost_crc32c(uint32_t state, const void *_Nonnull bytes, size_t count) {
    (void)bytes;
    (void)count;
    return state;
}
#endif
