// SPDX-License-Identifier: Apache-2.0

/// A router that goes on where the application behind one of its rows does not know the path.
protocol TryingRouter<Kind>: Application {
    /// Chooses the first application that matches, from a row on.
    ///
    /// - Throws: ``RoutingError/Code/noRoute`` when none matches.
    func choose(
        from row: Int, scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) throws -> any Application<Kind>
}

extension TryingRouter {
    /// Tries the application of a matching row; `nil` when it does not know the path.
    func attempt(
        _ application: any Application<Kind>, row: Int, isRouter: Bool, inner: Scope, scope: inout Scope,
        receive: inout Receive<Kind>, send: inout Send<Kind>
    ) throws -> (any Application<Kind>)? {
        var (innerScope, innerReceive, innerSend) = (inner, receive, send)
        do {
            let chosen = try application.resolved(scope: &innerScope, receive: &innerReceive, send: &innerSend)
            if isRouter, !(chosen is any ApplicationWrapper), !(chosen is any DecliningApplication) {
                (scope, receive, send) = (innerScope, innerReceive, innerSend)
                return chosen
            }
            // It may find out later that it does not know the path.
            return RouteAttempt(
                application: chosen, scope: innerScope, receive: innerReceive, send: innerSend,
                rest: RouterRest(router: self, row: row + 1))
        } catch let error as RoutingError where error.code == .noRoute {
            return nil
        }
    }
}

/// Serves with an application that may turn out not to know the path; then with the rest of its router.
private struct RouteAttempt<Kind: ConnectionKind>: Application {
    let application: any Application<Kind>
    let scope: Scope
    let receive: Receive<Kind>
    let send: Send<Kind>
    let rest: any Application<Kind>

    func callAsFunction(scope outer: Scope, receive: Receive<Kind>, send: Send<Kind>) async throws {
        do {
            return try await application(scope: scope, receive: self.receive, send: self.send)
        } catch let error as RoutingError where error.code == .noRoute {}
        try await rest(scope: outer, receive: receive, send: send)
    }
}

/// A router from one of its rows on.
private struct RouterRest<Router: TryingRouter>: Application {
    typealias Kind = Router.Kind
    let router: Router
    let row: Int

    func callAsFunction(scope: Scope, receive: Receive<Kind>, send: Send<Kind>) async throws {
        var (scope, receive, send) = (scope, receive, send)
        let application = try resolved(scope: &scope, receive: &receive, send: &send)
        try await application(scope: scope, receive: receive, send: send)
    }

    func choose(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) throws -> (any Application<Kind>)? {
        try router.choose(from: row, scope: &scope, receive: &receive, send: &send)
    }
}
