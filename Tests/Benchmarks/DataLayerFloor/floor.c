// SPDX-License-Identifier: Apache-2.0
#include "floor.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    long long id, blog_id, n_comments, rating;
    int has_rating;
    char *headline, *body_text, *pub_date;
} entry;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static char *copied(sqlite3_stmt *row, int column) {
    int length = sqlite3_column_bytes(row, column);
    char *text = malloc((size_t)length + 1);
    memcpy(text, sqlite3_column_text(row, column), (size_t)length);
    text[length] = 0;
    return text;
}

static void read_entry(sqlite3_stmt *row, entry *out) {
    out->id = sqlite3_column_int64(row, 0);
    out->blog_id = sqlite3_column_int64(row, 1);
    out->headline = copied(row, 2);
    out->body_text = copied(row, 3);
    out->pub_date = copied(row, 4);
    out->n_comments = sqlite3_column_int64(row, 5);
    out->has_rating = sqlite3_column_type(row, 6) != SQLITE_NULL;
    out->rating = sqlite3_column_int64(row, 6);
}

static void release(entry *entries, int count) {
    for (int i = 0; i < count; i++) {
        free(entries[i].headline);
        free(entries[i].body_text);
        free(entries[i].pub_date);
    }
    free(entries);
}

void *floor_open(const char *path) {
    sqlite3 *database = NULL;
    if (sqlite3_open(path, &database) != SQLITE_OK) return NULL;
    sqlite3_exec(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON", 0, 0, 0);
    return database;
}

void floor_close(void *database) { sqlite3_close(database); }

static void bind_entry(sqlite3_stmt *statement, int i) {
    sqlite3_bind_int64(statement, 1, 1 + i % 1000);
    sqlite3_bind_text(statement, 2, "A headline of some length", -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(statement, 3, "A body text", -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(statement, 4, "2024-02-29", -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 5, i % 50);
    sqlite3_bind_int64(statement, 6, i % 5);
}

static double inserts(sqlite3 *database, int count, const char *sql) {
    sqlite3_stmt *statement;
    double start = now();
    sqlite3_exec(database, "BEGIN IMMEDIATE", 0, 0, 0);
    if (sqlite3_prepare_v2(database, sql, -1, &statement, 0) != SQLITE_OK) return -1;
    for (int i = 0; i < count; i++) {
        bind_entry(statement, i);
        while (sqlite3_step(statement) == SQLITE_ROW) (void)sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    double length = now() - start;
    sqlite3_exec(database, "ROLLBACK", 0, 0, 0);
    return length;
}

#define INSERT "INSERT INTO bench_entry (blog_id, headline, body_text, pub_date, n_comments, rating) VALUES (?, ?, ?, ?, ?, ?)"

double floor_insert(void *database, int count) { return inserts(database, count, INSERT); }
double floor_creates(void *database, int count) { return inserts(database, count, INSERT " RETURNING id"); }

#define COLUMNS "e.id, e.blog_id, e.headline, e.body_text, e.pub_date, e.n_comments, e.rating"

static double fetch(sqlite3 *database, const char *sql, int expected) {
    sqlite3_stmt *statement;
    double start = now();
    if (sqlite3_prepare_v2(database, sql, -1, &statement, 0) != SQLITE_OK) return -1;
    entry *entries = malloc(sizeof(entry) * (size_t)expected);
    int count = 0;
    while (count < expected && sqlite3_step(statement) == SQLITE_ROW) read_entry(statement, &entries[count++]);
    sqlite3_finalize(statement);
    double length = now() - start;
    release(entries, count);
    return count == expected ? length : -1;
}

double floor_fetch(void *database, int expected) {
    return fetch(database, "SELECT " COLUMNS " FROM bench_entry e", expected);
}

double floor_gets(void *database, int count) {
    sqlite3_stmt *statement;
    double start = now();
    if (sqlite3_prepare_v2(database, "SELECT " COLUMNS " FROM bench_entry e WHERE e.id = ? LIMIT 21", -1, &statement, 0))
        return -1;
    for (int i = 0; i < count; i++) {
        entry one;
        sqlite3_bind_int64(statement, 1, 1 + (i * 97) % 100000);
        if (sqlite3_step(statement) != SQLITE_ROW) return -1;
        read_entry(statement, &one);
        free(one.headline);
        free(one.body_text);
        free(one.pub_date);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return now() - start;
}

double floor_related(void *database, int count) {
    sqlite3_stmt *statement;
    char sql[400];
    snprintf(sql, sizeof sql,
             "SELECT " COLUMNS ", b.id, b.name FROM bench_entry e JOIN bench_blog b ON e.blog_id = b.id LIMIT %d", count);
    double start = now();
    if (sqlite3_prepare_v2(database, sql, -1, &statement, 0) != SQLITE_OK) return -1;
    entry *entries = malloc(sizeof(entry) * (size_t)count);
    char **names = malloc(sizeof(char *) * (size_t)count);
    int done = 0;
    while (done < count && sqlite3_step(statement) == SQLITE_ROW) {
        read_entry(statement, &entries[done]);
        names[done++] = copied(statement, 8);
    }
    sqlite3_finalize(statement);
    double length = now() - start;
    for (int i = 0; i < done; i++) free(names[i]);
    free(names);
    release(entries, done);
    return length;
}

double floor_prefetch(void *database, int count) {
    char sql[400];
    snprintf(sql, sizeof sql,
             "SELECT " COLUMNS " FROM bench_entry e WHERE e.blog_id IN (SELECT id FROM bench_blog LIMIT %d) LIMIT %d", count,
             count * 5);
    sqlite3_stmt *statement;
    double start = now();
    if (sqlite3_prepare_v2(database, "SELECT id, name FROM bench_blog", -1, &statement, 0) != SQLITE_OK) return -1;
    while (sqlite3_step(statement) == SQLITE_ROW) free(copied(statement, 1));
    sqlite3_finalize(statement);
    double first = now() - start;
    double second = fetch(database, sql, count * 5);
    return second < 0 ? second : first + second;
}
