// SPDX-License-Identifier: Apache-2.0

/// Task-local values that every task of an application begins with, such as its databases: part of its
/// ``LifespanState``, so that whoever makes such a task, a server or a test, finds them.
public struct TaskLocalBindings: Sendable {
    private typealias Binding = @Sendable (() -> Task<Void, Never>) -> Task<Void, Never>
    private var bindings: [(local: ObjectIdentifier, bind: Binding)] = []

    /// None.
    public init() {}

    /// Gives a task-local its value; an earlier one of the same task-local is replaced.
    public mutating func set<Value: Sendable>(_ local: TaskLocal<Value>, to value: Value) {
        bindings.removeAll { $0.local == ObjectIdentifier(local) }
        bindings.append((ObjectIdentifier(local), { body in local.withValue(value) { body() } }))
    }

    /// Runs a closure that makes a task, which inherits the values.
    public func bind(_ makeTask: () -> Task<Void, Never>) -> Task<Void, Never> { bind(makeTask, bindings[...]) }

    private func bind(
        _ makeTask: () -> Task<Void, Never>, _ rest: ArraySlice<(local: ObjectIdentifier, bind: Binding)>
    ) -> Task<Void, Never> {
        guard let first = rest.first else { return makeTask() }
        return first.bind { bind(makeTask, rest.dropFirst()) }
    }
}

extension TaskLocalBindings: LifespanStateKey {
    /// None.
    public static var defaultValue: TaskLocalBindings { TaskLocalBindings() }
}
