// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// Whether the application runs for its developers (Django's `DEBUG`): ``ErrorPages`` then show what has failed.
///
/// Never for others: what is shown helps to attack. Put in at start, as `state[DevelopmentMode.self] = true`.
public enum DevelopmentMode: LifespanStateKey {
    /// Off.
    public static var defaultValue: Bool { false }
}

/// The application's routes, which a page about an address without one lists in development.
public enum KnownRoutes: LifespanStateKey {
    /// None.
    public static var defaultValue: [RouteDescription] { [] }
}
