// The commit that the binary is made of: `make build` links an object that says it
// (deploy/revision.sh). A build that was told nothing links without one.
#pragma once

extern const char roost_revision[] __attribute__((weak));

// Null where nobody said it.
static inline const char *roost_revision_text(void) { return roost_revision; }
