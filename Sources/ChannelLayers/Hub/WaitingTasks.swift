// SPDX-License-Identifier: Apache-2.0

import SluiceCore

/// The tasks that wait for one channel: nearly always none or one, hence no array for the first.
///
/// All are woken for one event and one finds it, so that no event is lost with a task that is cancelled meanwhile.
struct WaitingTasks {
    private var first: Waker?
    private var others: [Waker] = []

    var isEmpty: Bool { first == nil && others.isEmpty }

    /// Adds a task; adding it again changes nothing. Tasks that were cancelled are forgotten.
    mutating func add(_ waker: Waker) {
        guard let first, first !== waker else { return first = waker }
        others.removeAll { $0 === waker || $0.isCancelled }
        if first.isCancelled { self.first = waker } else { others.append(waker) }
    }

    mutating func remove(_ waker: Waker) {
        if first === waker { first = others.popLast() }
        others.removeAll { $0 === waker }
    }

    /// Takes all of them, to be woken outside of the lock.
    mutating func takeAll() -> Self {
        defer { self = Self() }
        return self
    }

    func wake() {
        first?.wake()
        for waker in others { waker.wake() }
    }
}
