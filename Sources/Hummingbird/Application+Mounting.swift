// SPDX-License-Identifier: Apache-2.0

#if Hummingbird
public import Hummingbird
public import SluiceTLS

extension Hummingbird.Application {
    /// Mounts a Sluice application in front of this application's routes: its HTTP routes and its WebSockets. What it has
    /// no route for is served by Hummingbird's router.
    ///
    /// Connections are served by Sluice's own handlers, so all that its server promises holds here too: limits,
    /// back-pressure, HTTP/2 (with the trait `HTTP2`), and an end with close 1012 when Hummingbird stops gracefully. The
    /// listener, the event loops and the services are Hummingbird's.
    ///
    /// - Parameter tls: what connections are encrypted with, by OpenSSL; `nil`, the default: not at all.
    public func mounting(_ mount: HummingbirdMount, tls: TLSContextStore? = nil) -> MountedApplication<Responder> {
        MountedApplication(
            base: self, mount: mount,
            site: MountedSite(mount: mount, routes: HummingbirdRoutes(responder), tls: tls))
    }
}
#endif
