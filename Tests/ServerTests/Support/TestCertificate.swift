// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceTLS

/// A certificate of the test's own, removed with it.
final class TestCertificate {
    let pair: TLSConfiguration.Certificate
    private let folder = NSTemporaryDirectory() + "sluice-server-" + UUID().uuidString

    init() throws {
        pair = try DevelopmentCertificate.ensure(at: folder + "/localhost.pem")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
}
