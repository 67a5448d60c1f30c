// SPDX-License-Identifier: Apache-2.0

/// How long a cached value lives (Django's `timeout`).
public enum CacheLife: Sendable, Hashable {
    /// As long as the ``Cache`` says.
    case standard
    /// So long; nothing is kept for zero or less.
    case limited(Duration)
    /// Until it must go (Django's `None`).
    case forever

    /// So many seconds.
    public static func seconds(_ seconds: Int) -> Self { .limited(.seconds(seconds)) }
}
