// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceServer
import SluiceTesting

/// How long an answer may take where other tests keep every thread busy.
let patience = Duration.seconds(30)

/// Runs a test's body with a live server that does not give a client up which other tests keep from its next request.
func withPatientServer(
    _ application: any Application<HTTP>, _ body: (LiveServer) async throws -> Void
) async throws {
    var configuration = ServerConfiguration()
    configuration.http.headerTimeout = 300
    configuration.http.keepAliveTimeout = 300
    try await withLiveServer(ProtocolTypeRouter(http: application), configuration: configuration, body)
}
