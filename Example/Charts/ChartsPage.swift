// SPDX-License-Identifier: Apache-2.0

import Sluice

/// `/charts/`: the charts as they are now, before any script runs.
struct ChartsPage: MethodView {
    var handlers: [MethodHandler] { [.get(show)] }

    func show(_ request: Request) async throws -> Response {
        try await request.scope.chatRooms.catchUp()
        let charts = try request.scope.charts
        return try request.page("charts.html", ["bars": charts.bars, "pie": charts.pie])
    }
}
