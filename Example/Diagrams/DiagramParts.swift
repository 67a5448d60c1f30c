// SPDX-License-Identifier: Apache-2.0

extension Diagram {
    /// How far the work is that a node or a link stands for.
    enum State: String, Codable, CaseIterable, Sendable {
        case pending
        /// Somebody must decide.
        case waiting
        case running, passed, failed, skipped

        /// What is drawn above the others, since it is what one looks for.
        var isPressing: Bool { self == .running || self == .failed }
    }

    /// The outline of a node.
    enum Figure: String, Codable, CaseIterable, Sendable {
        case ellipse = "Ellipse"
        case roundedRectangle = "RoundedRectangle"
        case rectangle = "Rectangle"
        case diamond = "Diamond"
        case club = "Club"
    }

    /// How the lines of a node's text stand to each other.
    enum Panel: Hashable, Sendable {
        /// One below the other.
        case vertical
        /// Side by side.
        case horizontal
        /// One below the other, with a frame around them.
        case auto
    }

    /// Something that is done, or that is decided.
    struct Node: Hashable, Sendable {
        let key: String
        /// Lines, divided by line breaks.
        var text: String
        var figure = Figure.roundedRectangle
        var state = State.pending
        /// The colour of the figure, as the data have it; one that is none is ignored.
        var color: Color?
        /// The node before, in a tree.
        var parent: String?
        var panel = Panel.vertical
        /// Colours of the text and of what is right behind it.
        var textColor: Color?
        var textBackground: Color?
    }

    /// The way from one node to the next.
    struct Link: Hashable, Sendable {
        let from: String
        let to: String
        var text = ""
        var state = State.pending
        var color: Color?

        /// What tells links apart.
        struct ID: Hashable, Sendable {
            let from: String
            let to: String
        }

        var id: ID { ID(from: from, to: to) }
    }
}
