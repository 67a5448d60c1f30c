// SPDX-License-Identifier: Apache-2.0
//
// zlib's macros, which Swift cannot import, as functions.
// Everything that Swift can import is called by its own name: this file stays a list of gaps.
#pragma once

#include <zlib.h>

/// A compressor of raw DEFLATE (RFC 1951): no header, no checksum. `window_bits` is 9...15; zlib refuses 8 here.
static inline int czlib_deflate_init(z_stream *stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, -window_bits, memory_level, Z_DEFAULT_STRATEGY);
}

/// A decompressor of raw DEFLATE. `window_bits` is 8...15.
static inline int czlib_inflate_init(z_stream *stream, int window_bits) {
    return inflateInit2(stream, -window_bits);
}

/// A compressor in the gzip format (RFC 1952), with zlib's greatest window and its default memory: 256 KiB.
static inline int czlib_gzip_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
