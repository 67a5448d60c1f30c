// SPDX-License-Identifier: Apache-2.0

/// A reference to one object of another model: its key, and the object if it was loaded.
///
/// Nothing is ever loaded by touching it; `get()` asks, and says so.
public struct Ref<Target: Model>: Sendable {
    /// Apart, so that a reference in a struct is its key and one word, and models can refer to themselves.
    private final class Box: Sendable {
        let object: Target
        init(_ object: Target) { self.object = object }
    }

    /// The key of the object.
    public let id: Target.Key
    private let box: Box?

    init(id: Target.Key, loaded: Target?) {
        self.id = id
        box = loaded.map(Box.init)
    }

    /// A reference by key.
    public static func id(_ id: Target.Key) -> Ref { Ref(id: id, loaded: nil) }

    /// A reference to an object, which is kept in it.
    public static func to(_ object: Target) -> Ref { Ref(id: object.primaryKey, loaded: object) }

    /// The object, if it was loaded with the reference.
    public var loaded: Target? { box?.object }

    /// The object: that which was loaded, or one statement.
    ///
    /// Throws `ModelError` with the code `.notFound` if there is none.
    public func get(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Target {
        try await observed(fileID, line) {
            if let box { return box.object }
            return try await Target.objects.get(id)
        }
    }
}

extension Ref: Hashable {
    /// Whether both refer to the same object.
    public static func == (left: Ref, right: Ref) -> Bool { left.id == right.id }
    /// Its key.
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
