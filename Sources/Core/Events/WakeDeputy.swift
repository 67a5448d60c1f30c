// SPDX-License-Identifier: Apache-2.0

/// What acts for a parked task, so that no task is resumed for what can be handled without waiting; see ``Waker``.
public protocol WakeDeputy: AnyObject, Sendable {
    /// Handles what has come for the parked task. Called by its executor, while the task is parked.
    func act()
}

/// A task executor that also calls deputies of its parked tasks.
public protocol DeputyExecutor: TaskExecutor {
    /// Calls the deputy soon, on the thread of the executor's tasks, and never while one of them runs.
    func call(_ deputy: any WakeDeputy)
}
