// SPDX-License-Identifier: Apache-2.0

/// Lists of routes and of other contributions, written one below the other, with `if`, `for` and lists among them.
@resultBuilder
public enum ListBuilder<Element> {
    /// One element.
    public static func buildExpression(_ element: Element) -> [Element] { [element] }
    /// A list of elements.
    public static func buildExpression(_ elements: [Element]) -> [Element] { elements }
    /// The whole block.
    public static func buildBlock(_ lists: [Element]...) -> [Element] { lists.flatMap(\.self) }
    /// `if` without `else`.
    public static func buildOptional(_ list: [Element]?) -> [Element] { list ?? [] }
    /// `if`.
    public static func buildEither(first list: [Element]) -> [Element] { list }
    /// `else`.
    public static func buildEither(second list: [Element]) -> [Element] { list }
    /// `for`.
    public static func buildArray(_ lists: [[Element]]) -> [Element] { lists.flatMap(\.self) }
    /// `if #available`.
    public static func buildLimitedAvailability(_ list: [Element]) -> [Element] { list }
}
