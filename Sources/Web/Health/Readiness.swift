// SPDX-License-Identifier: Apache-2.0

public import SluiceCore
import Synchronization

/// Whether the process wants new connections: turned off when a graceful stop begins, so that a balancer goes elsewhere.
public final class Readiness: LifespanStateKey, Sendable {
    /// Ready for ever, where nobody stops gracefully.
    public static let defaultValue = Readiness()

    private let draining = Atomic<Bool>(false)

    /// Ready.
    public init() {}

    /// Whether a stop has begun.
    public var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// Begins a stop.
    public func drain() {
        draining.store(true, ordering: .relaxed)
    }
}
