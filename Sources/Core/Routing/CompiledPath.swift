// SPDX-License-Identifier: Apache-2.0

/// A path pattern with its converters, ready to match and to be written back.
struct CompiledPath: Sendable {
    struct Capture: Sendable {
        let name: String
        let converter: any PathConverter
        /// Whose converter it is; `nil` for a standard one.
        let owner: ConverterTable?

        /// Whether both read every text alike.
        func readsLike(_ other: Capture) -> Bool {
            converter.name == other.converter.name && owner === other.owner
        }

        /// Whether the converter makes a value of every text of its shape.
        var takesWholeShape: Bool { owner == nil && converter.name != StandardConverter.int.name }
    }

    let matcher: PathMatcher
    /// One for each element of the matcher that is no literal, in order.
    let captures: [Capture]

    /// - Throws: ``RoutingError/Code/invalidPattern`` for a converter that is not in the table.
    init(
        _ pieces: [RoutePattern.Piece], of pattern: RoutePattern, isPrefix: Bool, converters: ConverterTable
    ) throws(RoutingError) {
        var elements: [PathMatcher.Element] = []
        var captures: [Capture] = []
        for piece in pieces {
            switch piece {
            case .literal(let text):
                elements.append(.literal(Array(text.utf8)))
            case .capture(let name, let wanted):
                guard let (converter, owner) = converters.find(wanted) else {
                    throw RoutingError(.invalidPattern, "route pattern '\(pattern)': there is no converter '\(wanted)'")
                }
                captures.append(Capture(name: name, converter: converter, owner: owner))
                switch converter.shape.form {
                case .run(let characters): elements.append(.run(characters))
                case .sequence(let sets): elements.append(.sequence(sets))
                }
            }
        }
        self.captures = captures
        matcher = PathMatcher(elements, isPrefix: isPrefix)
    }
}
