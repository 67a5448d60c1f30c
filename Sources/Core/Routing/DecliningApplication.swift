// SPDX-License-Identifier: Apache-2.0

/// A mounted application that throws ``RoutingError/Code/noRoute`` for paths that it does not know, so that the router
/// goes on with its next route: one that serves files, say.
///
/// Declared for the checks at start: routes behind the mount of any other application would never be reached.
public protocol DecliningApplication: Application {}
