// Header-only: this file exists because a C target needs one translation unit.
#include "CPlatform.h"
