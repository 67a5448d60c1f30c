// SPDX-License-Identifier: Apache-2.0
//
// SQLite's macros, which Swift cannot import, as functions.
// Everything that Swift can import is called by its own name: this file stays a list of gaps.
#pragma once

#include <sqlite3.h>

/// The destructor that makes SQLite copy a value before the call returns.
static inline sqlite3_destructor_type csqlite_transient(void) {
    return SQLITE_TRANSIENT;
}
