// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Links that are leased one at a time: made when they are needed, kept until the end; who waits longest is next.
package final class ConnectionPool<Link: Sendable>: Sendable {
    private struct Waiter {
        let id: UInt64
        /// Resumed with a link, or with nil where one may be opened instead.
        let continuation: CheckedContinuation<Link?, any Error>
    }

    private struct State {
        var idle: [Link] = []
        var open = 0
        var waiters: [Waiter] = []
        var nextID: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let size: Int
    private let patience: Duration
    private let make: @Sendable () async throws -> Link

    /// At most `size` links; a wait of more than `patience` is an error.
    package init(size: Int, patience: Duration = .seconds(30), make: @escaping @Sendable () async throws -> Link) {
        self.size = max(1, size)
        self.patience = patience
        self.make = make
    }

    /// How many tasks wait for a link.
    package var waiting: Int { state.withLock { $0.waiters.count } }

    private enum Turn {
        case take(Link)
        case open
        case wait(UInt64)
    }

    /// A link for the caller alone; throws `ModelError` with the code `.operational` after too long a wait.
    package func lease() async throws -> Link {
        try Task.checkCancellation()
        let turn = try state.withLock { state throws -> Turn in
            guard !state.isClosed else { throw ModelError(.operational, "the database is closed") }
            if let link = state.idle.popLast() { return .take(link) }
            if state.open < size {
                state.open += 1
                return .open
            }
            state.nextID += 1
            return .wait(state.nextID)
        }
        switch turn {
        case .take(let link): return link
        case .open: return try await open()
        case .wait(let id):
            if let link = try await wait(id) { return link }
            return try await open()
        }
    }

    /// Makes a link in a place that is kept for it.
    private func open() async throws -> Link {
        do {
            return try await make()
        } catch {
            leavePlace()
            throw error
        }
    }

    /// A place in the pool is free: who waits longest may open a link in it.
    private func leavePlace() {
        let waiter = state.withLock { state -> Waiter? in
            guard state.waiters.isEmpty else { return state.waiters.removeFirst() }
            state.open -= 1
            return nil
        }
        waiter?.continuation.resume(returning: nil)
    }

    private func wait(_ id: UInt64) async throws -> Link? {
        let deadline = Task { [patience] in
            try await Task.sleep(for: patience)
            self.fail(id, ModelError(.operational, "no connection became free within \(patience)"))
        }
        defer { deadline.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // A link may have come back, or the task may have been cancelled, in between.
                let turn = state.withLock { state -> Turn in
                    if let link = state.idle.popLast() { return .take(link) }
                    if state.open < size {
                        state.open += 1
                        return .open
                    }
                    state.waiters.append(Waiter(id: id, continuation: continuation))
                    return .wait(id)
                }
                switch turn {
                case .take(let link): continuation.resume(returning: link)
                case .open: continuation.resume(returning: nil)
                case .wait where Task.isCancelled:
                    fail(id, CancellationError())
                case .wait: break
                }
            }
        } onCancel: {
            fail(id, CancellationError())
        }
    }

    private func fail(_ id: UInt64, _ error: any Error) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(throwing: error)
    }

    /// Takes a link back, and hands it to who waits longest; one that is broken is dropped.
    package func giveBack(_ link: Link, isBroken: Bool = false) {
        if isBroken { return leavePlace() }
        let waiter = state.withLock { state -> Waiter? in
            guard !state.waiters.isEmpty else {
                state.idle.append(link)
                return nil
            }
            return state.waiters.removeFirst()
        }
        waiter?.continuation.resume(returning: link)
    }

    /// Ends the pool; gives the links that were idle. Those that are leased are the leaser's to end.
    package func close() -> [Link] {
        let (idle, waiters) = state.withLock { state in
            state.isClosed = true
            defer {
                state.idle = []
                state.waiters = []
            }
            return (state.idle, state.waiters)
        }
        for waiter in waiters {
            waiter.continuation.resume(throwing: ModelError(.operational, "the database is closed"))
        }
        return idle
    }
}
