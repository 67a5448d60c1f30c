// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The socket of a page with a live diagram: sends it whole at first and when it is asked, else what has changed.
///
/// A subclass says what the diagram is now, and shows the next one when it hears of it.
class DiagramConsumer: LiveConsumer {
    /// What the client has.
    private var shown: DiagramDrawing?

    /// The diagram as it is now.
    func diagram() async throws -> Diagram { Diagram(nodes: [], links: []) }

    override func welcome() async throws {
        try await send(LiveWelcomeFrame(user: user, heartbeatS: Heartbeat.interval))
        try await showAll()
    }

    override func received(_ frame: ClientFrame) async throws {
        guard case .get = frame else { return try await super.received(frame) }
        try await showAll()
    }

    /// Which changes were missed is not known.
    override func missed(_ gap: Gap) async throws {
        try await showAll()
    }

    /// Sends what is new in a diagram.
    ///
    /// - Returns: whether it is newer than the client's; an older one is passed over.
    @discardableResult
    final func show(_ diagram: Diagram) async throws -> Bool {
        // Before the welcome nothing is shown; what is true then comes with it.
        guard let shown, diagram.rev > shown.rev else { return false }
        let drawing = DiagramDrawing(diagram)
        self.shown = drawing
        if let patch = drawing.changes(since: shown) {
            try await send(patch)
        } else {
            try await send(drawing.frame)
        }
        return true
    }

    private func showAll() async throws {
        let drawing = DiagramDrawing(try await diagram())
        shown = drawing
        try await send(drawing.frame)
    }
}

extension Request {
    /// The values of the template `diagram.html`.
    func values(of diagram: Diagram, name: String) -> [String: any Sendable] {
        ["name": name, "svg": DiagramPicture(drawing: DiagramDrawing(diagram), locale: locale).svg]
    }
}
