// SPDX-License-Identifier: Apache-2.0

/// A whole diagram: comes first, and wherever changes would not do.
struct DiagramFrame: ServerFrame {
    let type = "diagram"
    var rev: Int
    var model: Diagram.Model
    var width: Int
    var height: Int
    var nodes: [NodeMembers]
    var links: [LinkMembers]
}

/// What has changed since the revision before.
struct PatchFrame: ServerFrame {
    let type = "patch"
    var rev: Int
    /// Only when the picture has another size.
    var width: Int?
    var height: Int?
    var nodes: [NodeMembers]
    var links: [LinkMembers]
}

/// A node in a frame: all members, or besides the key only those that have changed.
struct NodeMembers: Encodable, Hashable, Sendable {
    var key: String
    var text: String?
    var figure: Diagram.Figure?
    var state: Diagram.State?
    var x: Int?
    var y: Int?
    var w: Int?
    var h: Int?
    var color: String?
    var parent: String?
}

/// A link in a frame: all members, or besides the ends only those that have changed.
struct LinkMembers: Encodable, Hashable, Sendable {
    var from: String
    var to: String
    var text: String?
    var state: Diagram.State?
    var points: [[Int]]?
    var color: String?
}

extension NodeMembers {
    init(_ place: DiagramDrawing.Node) {
        let node = place.node
        self.init(
            key: node.key, text: node.text, figure: node.figure, state: node.state, x: place.x, y: place.y,
            w: place.width, h: place.height, color: node.color?.css, parent: node.parent)
    }

    /// What of these members another node has not.
    func changed(from old: Self) -> Self {
        Self(
            key: key, text: text.unless(old.text), figure: figure.unless(old.figure), state: state.unless(old.state),
            x: x.unless(old.x), y: y.unless(old.y), w: w.unless(old.w), h: h.unless(old.h),
            color: color.unless(old.color), parent: parent.unless(old.parent))
    }
}

extension LinkMembers {
    init(_ place: DiagramDrawing.Link) {
        let link = place.link
        self.init(
            from: link.from, to: link.to, text: link.text, state: link.state, points: place.points,
            color: link.color?.css)
    }

    /// What of these members another link has not.
    func changed(from old: Self) -> Self {
        Self(
            from: from, to: to, text: text.unless(old.text), state: state.unless(old.state),
            points: points.unless(old.points), color: color.unless(old.color))
    }
}

extension Optional where Wrapped: Equatable {
    /// The value, if it is another one.
    fileprivate func unless(_ old: Self) -> Self { self == old ? nil : self }
}
