// SPDX-License-Identifier: Apache-2.0
//
// What SQLite itself takes for what the data layer's benchmark does: prepared statements, rows into structs.
#pragma once

/// Opens a database file as the data layer does; NULL if that fails.
void *floor_open(const char *path);
void floor_close(void *database);

/// Inserts so many rows in one transaction that is rolled back; seconds, or a negative number for an error.
double floor_insert(void *database, int count);
/// Reads all rows into structs with copied texts.
double floor_fetch(void *database, int expected);
/// Reads so many rows by their key.
double floor_gets(void *database, int count);
/// Reads so many rows with the row that they refer to.
double floor_related(void *database, int count);
/// Reads so many rows, then the rows that refer to them.
double floor_prefetch(void *database, int count);
/// Inserts so many rows one by one in one transaction that is rolled back, and reads their keys.
double floor_creates(void *database, int count);
