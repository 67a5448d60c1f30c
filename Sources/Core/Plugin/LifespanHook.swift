// SPDX-License-Identifier: Apache-2.0

/// What a plug-in does when the server starts and stops.
public struct LifespanHook: Sendable {
    /// Runs before the first connection; what it puts into the state is seen by later hooks and by every scope. A
    /// throw stops the server.
    public let startup: @Sendable (inout LifespanState) async throws -> Void
    /// Runs after the last connection, or when a later hook's startup has thrown; never when its own startup did.
    public let shutdown: @Sendable (LifespanState) async throws -> Void

    /// A pair of closures. Default: nothing.
    public init(
        startup: @escaping @Sendable (inout LifespanState) async throws -> Void = { _ in },
        shutdown: @escaping @Sendable (LifespanState) async throws -> Void = { _ in }
    ) {
        self.startup = startup
        self.shutdown = shutdown
    }
}

extension ContributionKey where Value == LifespanHook {
    /// Hooks at start, in the order of plug-ins, and at stop, in the opposite order.
    public static var lifespan: Self { Self("lifespan hook") }
}

/// The application that runs the hooks of all plug-ins.
struct LifespanHooks: Application {
    let hooks: [Contribution<LifespanHook>]
    let initial: LifespanState

    func callAsFunction(scope: Scope, receive: Receive<Lifespan>, send: Send<Lifespan>) async throws {
        var state = initial
        state.merge(scope.state)
        guard case .startup = try await receive() else { return }
        for (index, hook) in hooks.enumerated() {
            do {
                try await hook.value.startup(&state)
            } catch {
                let failures = ["plug-in '\(hook.plugin)': \(error)"] + (await stop(hooks[..<index], state, scope))
                return try await send(.startupFailed(message: failures.joined(separator: "; ")))
            }
        }
        try await send(.startupComplete(state: state))
        while case .startup = try await receive() {}
        let failures = await stop(hooks[...], state, scope)
        try await send(
            failures.isEmpty ? .shutdownComplete : .shutdownFailed(message: failures.joined(separator: "; ")))
    }

    /// Runs the shutdowns from the last to the first, all of them, in a task of their own: when the start was cancelled,
    /// every wait in this one would throw.
    ///
    /// - Returns: what failed.
    private func stop(
        _ started: ArraySlice<Contribution<LifespanHook>>, _ state: LifespanState, _ scope: Scope
    ) async -> [String] {
        await Task(executorPreference: scope.connection.executor) {
            var failures: [String] = []
            for hook in started.reversed() {
                do {
                    try await hook.value.shutdown(state)
                } catch {
                    failures.append("plug-in '\(hook.plugin)', shutdown: \(error)")
                }
            }
            return failures
        }.value
    }
}
