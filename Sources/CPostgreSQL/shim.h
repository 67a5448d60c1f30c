// SPDX-License-Identifier: Apache-2.0
//
// PostgreSQL's client library, all of which Swift can import by its own names.
#pragma once

#include <libpq-fe.h>
