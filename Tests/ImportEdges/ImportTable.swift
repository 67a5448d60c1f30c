// SPDX-License-Identifier: Apache-2.0

/// Who may import whom: the table of targets in the design, as data.
///
/// A new target comes with its row. A row that grows says that the picture "socket → TLS → HTTP → application" has
/// changed, so a change here is a change of the design and wants a reason in its commit.
struct ImportTable: Sendable {
    /// What a target may import besides the standard library.
    enum Row: Sendable {
        /// Exactly these modules, and none of them with `@testable` or `@_spi`.
        case only(Set<String>)
        /// Any module but XCTest: for tests, and for programs that exist to be checked from outside.
        case anything
    }

    let rows: [String: Row]

    /// Come with the toolchain and decide nothing about the layers; the C library is named per platform.
    static let standard: Set<String> = ["Swift", "Synchronization", "Glibc", "Musl", "Darwin"]

    /// Targets in C: what keeps to its row is what they declare.
    static let inC: Set<String> = ["DataLayerFloor"]

    /// The row of a target; test targets share one, as they may look everywhere.
    func row(of target: String, isTest: Bool) -> Row? {
        isTest ? .anything : rows[target]
    }
}

extension ImportTable {
    static let sluice: ImportTable = {
        let nio: Set = ["NIOCore", "NIOPosix", "NIOConcurrencyHelpers", "NIOTLS"]
        let http: Set = ["NIOHTTP1", "NIOHTTP2", "NIOHPACK"]
        let foundation: Set = ["Foundation", "FoundationEssentials"]
        let interface: Set = ["HTTPTypes", "Logging"]

        // In the order in which data flows, as in the package manifest.
        let web: [String: Set<String>] = [
            "SluiceCore": ["NIOCore", "DequeModule", "Dispatch"] + interface,
            "SluiceChannelLayers": ["SluiceCore", "NIOCore", "DequeModule", "Logging", "FoundationEssentials"],
            "SluiceConsumers": ["SluiceCore", "SluiceChannelLayers", "NIOCore", "DequeModule"] + interface + foundation,
            "CZlib": [],
            "SluiceWebSocket": ["NIOCore", "CZlib"],
            "COpenSSL": [],
            "SluiceCrypto": ["COpenSSL", "NIOCore"],
            "SluiceTLS": ["COpenSSL", "SluiceCrypto", "NIOCore", "NIOTLS"],
            "SluiceServer": ["SluiceCore", "SluiceWebSocket", "SluiceTLS", "DequeModule", "Dispatch"]
                + nio + http + interface,
            "SluiceWeb": ["SluiceCore", "SluiceCrypto", "CZlib", "NIOCore", "NIOPosix", "Mustache"]
                + interface + foundation,
        ]
        let data: [String: Set<String>] = [
            "SluiceModels": ["Logging", "SluiceModelsMacros"] + foundation,
            "SluiceModelsMacros": [
                "SwiftDiagnostics", "SwiftSyntax", "SwiftSyntaxBuilder", "SwiftSyntaxMacros", "SwiftCompilerPlugin",
            ],
            "CSQLite": [],
            "SluiceSQLite": ["SluiceModels", "COpenSSL", "CSQLite", "Logging", "FoundationEssentials"],
            "CPostgreSQL": [],
            "SluicePostgreSQL": ["SluiceModels", "CPostgreSQL", "Logging", "FoundationEssentials"],
            "SluiceRedis": [
                "SluiceCore", "SluiceChannelLayers", "SluiceWeb", "SluiceCrypto", "SluiceTLS", "DequeModule", "Logging",
            ] + nio,
        ]
        let libraries = Set(web.keys).union(data.keys).filter { $0.hasPrefix("Sluice") && $0 != "SluiceModelsMacros" }
        let adapters: [String: Set<String>] = [
            // On Sluice's own handlers, since Hummingbird's connections are NIO channels.
            "SluiceHummingbird": [
                "SluiceCore", "SluiceServer", "SluiceTLS", "Hummingbird", "HummingbirdCore", "ServiceLifecycle",
                "NIOCore",
            ] + interface,
            "SluiceFlyingFox": ["SluiceCore", "SluiceWebSocket", "FlyingFox", "FlyingSocks", "NIOCore"] + interface,
        ]
        let application: [String: Set<String>] = [
            "SluiceCommands": libraries + ["ArgumentParser", "NIOCore", "UnixSignals"] + interface + foundation,
            // Above the commands, since it brings one and is found by none of them.
            "SluiceAccounts": [
                "SluiceCore", "SluiceWeb", "SluiceModels", "SluiceCrypto", "SluiceCommands", "ArgumentParser",
                "DequeModule",
            ] + interface + foundation,
            "SluiceModelViews": ["SluiceCore", "SluiceWeb", "SluiceModels", "HTTPTypes"],
            "SluiceTesting": libraries + nio + http + interface + foundation,
            "Sluice": libraries + ["SluiceCommands", "SluiceAccounts", "SluiceModelViews", "NIOCore"] + interface,
            "sluice": ["SluiceCommands"],
            // Only public interface, as in an application of somebody else.
            "Example": ["Sluice", "SluiceCrypto", "ArgumentParser", "Dispatch"] + interface + foundation,
        ]

        var rows: [String: Row] = [
            "Lab": .anything, "Workshop": .anything, "GoldenCases": .anything,
            "GoldenModels": .only(["SluiceModels", "FoundationEssentials"]), "Instructions": .anything,
            "JSONTree": .only([]), "DataLayerBenchmark": .anything, "DataLayerFloor": .only(["CSQLite"]),
            "TestProcesses": .anything, "Shop": .only(["Sluice", "ArgumentParser", "Foundation"]),
        ]
        for part in [web, data, adapters, application] {
            for (target, modules) in part { rows[target] = .only(modules) }
        }
        return ImportTable(rows: rows)
    }()
}

private func + (left: Set<String>, right: Set<String>) -> Set<String> {
    left.union(right)
}
