// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

extension HTTPField.Name {
    static let referrerPolicy = known("Referrer-Policy")
    static let xFrameOptions = known("X-Frame-Options")
    static let crossOriginOpenerPolicy = known("Cross-Origin-Opener-Policy")
    // HTTPTypes withholds its own name for it, since a request made with it should have an authority instead.
    static let hostField = known("Host")
    static let xAccelBuffering = known("X-Accel-Buffering")
    static let lastEventID = known("Last-Event-ID")
    static let xCSRFToken = known("X-CSRF-Token")
    static let xRequestedWith = known("X-Requested-With")

    /// A name that the program has written down.
    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no field name") }
        return name
    }
}
