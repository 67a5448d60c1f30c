// SPDX-License-Identifier: Apache-2.0

/// The one clock of an application: wall time for people and records, monotonic time for limits and timers.
///
/// Everything in Sluice that asks for the time or waits takes it from here, so a test turns the clock by hand.
public protocol TimeSource: Sendable {
    /// The wall clock's time. It may jump.
    var now: WallTime { get }

    /// Time since a fixed, arbitrary moment. It never goes back.
    var monotonic: Duration { get }

    /// Returns when the time has passed on the monotonic clock.
    ///
    /// - Throws: `CancellationError` when the task is cancelled before.
    func sleep(for duration: Duration) async throws
}

/// The system's own clocks.
public struct SystemTime: TimeSource {
    private static let origin = ContinuousClock.now

    /// The system's clocks.
    public init() {}

    /// The wall clock (`CLOCK_REALTIME`).
    public var now: WallTime { WallTime.current() }

    /// Time since the first use in this process (`CLOCK_BOOTTIME`).
    public var monotonic: Duration { ContinuousClock.now - Self.origin }

    /// Sleeps on the continuous clock.
    public func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration, clock: .continuous)
    }
}
