// SPDX-License-Identifier: Apache-2.0

/// The converters that a router's patterns may name: its own, then those of the routers around it, then the standard
/// ones.
///
/// A class, so that a capture can tell by identity whose converter it has: two routers may each have their own of one
/// name, and those are not taken for the same.
final class ConverterTable: Sendable {
    let own: [any PathConverter]
    let outer: ConverterTable?

    init(_ own: [any PathConverter], outer: ConverterTable? = nil) {
        self.own = own
        self.outer = outer
    }

    /// Whether only the standard converters can be found here.
    var isEmpty: Bool { own.isEmpty && (outer?.isEmpty ?? true) }

    /// The converter of a name and the table that it is from; no table for a standard one.
    func find(_ name: String) -> (converter: any PathConverter, owner: ConverterTable?)? {
        if let converter = own.first(where: { $0.name == name }) { return (converter, self) }
        return outer?.find(name) ?? StandardConverter.all.first { $0.name == name }.map { ($0, nil) }
    }
}

/// An application that holds routers whose patterns may name the converters of the router that it is mounted in.
protocol ConverterInheriting<Kind>: Application {
    /// The same application, with an outer router's converters behind the own ones.
    func inheriting(_ outer: ConverterTable) -> any Application<Kind>
}

extension WrappedApplication: ConverterInheriting {
    func inheriting(_ outer: ConverterTable) -> any Application<Kind> {
        guard let inner = next as? any ConverterInheriting<Kind> else { return self }
        return WrappedApplication(middleware: middleware, next: inner.inheriting(outer))
    }
}
