// swift-tools-version:6.2
import CompilerPluginSupport
import PackageDescription

/// What every target of the package is compiled with: Swift 6, no data races, no warnings.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(
    name: "NIOHTTP2", package: "swift-nio-http2", condition: .when(traits: ["HTTP2"]))
let nioHPACK = Target.Dependency.product(
    name: "NIOHPACK", package: "swift-nio-http2", condition: .when(traits: ["HTTP2"]))
let models = Target.Dependency.target(name: "SluiceModels", condition: .when(traits: ["Models"]))
let sqlite = Target.Dependency.target(name: "SluiceSQLite", condition: .when(traits: ["SQLite"]))
let postgreSQL = Target.Dependency.target(name: "SluicePostgreSQL", condition: .when(traits: ["PostgreSQL"]))
let accounts = Target.Dependency.target(name: "SluiceAccounts", condition: .when(traits: ["Models"]))
let modelViews = Target.Dependency.target(name: "SluiceModelViews", condition: .when(traits: ["Models"]))
let redis = Target.Dependency.target(name: "SluiceRedis", condition: .when(traits: ["Redis"]))
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let sluiceHummingbird = Target.Dependency.target(
    name: "SluiceHummingbird", condition: .when(traits: ["Hummingbird"]))
let hummingbird = Target.Dependency.product(
    name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Hummingbird"]))
let hummingbirdCore = Target.Dependency.product(
    name: "HummingbirdCore", package: "hummingbird", condition: .when(traits: ["Hummingbird"]))
let serviceLifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: .when(traits: ["Hummingbird"]))
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let swiftSyntaxMacros = Target.Dependency.product(
    name: "SwiftSyntaxMacros", package: "swift-syntax", condition: .when(traits: ["Macros"]))
let swiftCompilerPlugin = Target.Dependency.product(
    name: "SwiftCompilerPlugin", package: "swift-syntax", condition: .when(traits: ["Macros"]))
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "sluice",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Sluice", targets: ["Sluice"]),
        .library(name: "SluiceCore", targets: ["SluiceCore"]),
        .library(name: "SluiceChannelLayers", targets: ["SluiceChannelLayers"]),
        .library(name: "SluiceConsumers", targets: ["SluiceConsumers"]),
        .library(name: "SluiceWebSocket", targets: ["SluiceWebSocket"]),
        .library(name: "SluiceCrypto", targets: ["SluiceCrypto"]),
        .library(name: "SluiceTLS", targets: ["SluiceTLS"]),
        .library(name: "SluiceServer", targets: ["SluiceServer"]),
        .library(name: "SluiceModels", targets: ["SluiceModels"]),
        .library(name: "SluiceSQLite", targets: ["SluiceSQLite"]),
        .library(name: "SluicePostgreSQL", targets: ["SluicePostgreSQL"]),
        .library(name: "SluiceWeb", targets: ["SluiceWeb"]),
        .library(name: "SluiceRedis", targets: ["SluiceRedis"]),
        .library(name: "SluiceTesting", targets: ["SluiceTesting"]),
        .library(name: "SluiceCommands", targets: ["SluiceCommands"]),
        .library(name: "SluiceAccounts", targets: ["SluiceAccounts"]),
        .library(name: "SluiceHummingbird", targets: ["SluiceHummingbird"]),
        .library(name: "SluiceModelViews", targets: ["SluiceModelViews"]),
    ],
    traits: [
        .trait(
            name: "App", description: "Everything that a full application uses; the default build stays small.",
            enabledTraits: ["HTTP2", "Macros", "PostgreSQL", "Redis", "SQLite"]),
        .trait(
            name: "Hummingbird", description: "Sluice inside a Hummingbird application, in front of its routes."),
        .trait(name: "HTTP2", description: "HTTP/2 (RFC 9113), and WebSocket over it (RFC 8441)."),
        .trait(
            name: "Macros", description: "@Model, which writes the conformance of models; builds swift-syntax.",
            enabledTraits: ["Models"]),
        .trait(name: "Models", description: "The data layer: models, query sets, transactions, several databases."),
        .trait(
            name: "PostgreSQL", description: "The data layer on PostgreSQL, by libpq.", enabledTraits: ["Models"]),
        .trait(name: "Redis", description: "Channel layers over a Redis server: redis:, rediss: and unix:."),
        .trait(
            name: "SQLite", description: "The data layer on SQLite, by the system's library.",
            enabledTraits: ["Models"]),
        .default(enabledTraits: []),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-syntax", from: "603.0.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        // The order is the order in which data flows: interface, protocols, server, application.
        .target(name: "SluiceCore", dependencies: [nioCore, httpTypes, logging, collections], path: "Sources/Core"),
        .target(
            name: "SluiceChannelLayers", dependencies: ["SluiceCore", nioCore, logging, collections],
            path: "Sources/ChannelLayers"),
        .target(
            name: "SluiceConsumers", dependencies: ["SluiceCore", "SluiceChannelLayers", nioCore, httpTypes, logging],
            path: "Sources/Consumers"),
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "SluiceWebSocket", dependencies: ["CZlib", nioCore], path: "Sources/WebSocket"),
        .systemLibrary(
            name: "COpenSSL", path: "Sources/COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "SluiceCrypto", dependencies: ["COpenSSL"], path: "Sources/Crypto"),
        .target(name: "SluiceTLS", dependencies: ["COpenSSL", "SluiceCrypto", nioCore], path: "Sources/TLS"),
        .target(
            name: "SluiceServer",
            dependencies: [
                "SluiceCore", "SluiceWebSocket", "SluiceTLS", nioCore, nioPosix, nioHTTP2, nioHPACK, httpTypes,
                logging,
            ],
            path: "Sources/Server"),
        .target(
            name: "SluiceWeb",
            dependencies: ["CZlib", "SluiceCore", "SluiceCrypto", nioCore, nioPosix, httpTypes, logging, mustache],
            path: "Sources/Web"),
        .target(
            name: "SluiceRedis",
            dependencies: [
                "SluiceCore", "SluiceChannelLayers", "SluiceTLS", "SluiceWeb", nioCore, nioPosix, collections, logging,
            ],
            path: "Sources/Redis"),
        .target(
            name: "SluiceHummingbird",
            dependencies: [
                "SluiceCore", "SluiceServer", "SluiceTLS", hummingbird, hummingbirdCore, serviceLifecycle, nioCore,
                httpTypes, logging,
            ],
            path: "Sources/Hummingbird"),
        .target(
            name: "SluiceCommands",
            dependencies: [
                "SluiceCore", "SluiceChannelLayers", "SluiceServer", "SluiceTLS", "SluiceWeb", models, sqlite,
                postgreSQL,
                redis, arguments, logging, unixSignals,
            ],
            path: "Sources/Commands"),
        .target(
            name: "SluiceTesting",
            dependencies: [
                "SluiceCore", "SluiceChannelLayers", "SluiceConsumers", "SluiceWebSocket", "SluiceTLS", "SluiceServer",
                "SluiceWeb", models, nioCore, nioPosix, httpTypes, logging,
            ],
            path: "Sources/Testing"),
        .target(
            name: "SluiceAccounts",
            dependencies: [
                "SluiceCore", "SluiceWeb", "SluiceModels", "SluiceCrypto", "SluiceCommands", collections, arguments,
                httpTypes,
            ],
            path: "Sources/Accounts"),
        .target(
            name: "SluiceModelViews", dependencies: ["SluiceCore", "SluiceWeb", "SluiceModels", httpTypes],
            path: "Sources/ModelViews"),
        .target(
            name: "Sluice",
            dependencies: [
                "SluiceCore", "SluiceChannelLayers", "SluiceConsumers", "SluiceServer", "SluiceWeb", "SluiceCommands",
                accounts, models, modelViews, sqlite, postgreSQL, redis, nioCore,
            ],
            path: "Sources/Sluice"),
        .macro(
            name: "SluiceModelsMacros", dependencies: [swiftSyntaxMacros, swiftCompilerPlugin],
            path: "Sources/ModelsMacros"),
        .target(
            name: "SluiceModels",
            dependencies: [.target(name: "SluiceModelsMacros", condition: .when(traits: ["Macros"]))],
            path: "Sources/Models"),
        .systemLibrary(
            name: "CSQLite", path: "Sources/CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "SluiceSQLite", dependencies: ["SluiceModels", "COpenSSL", "CSQLite"], path: "Sources/SQLite"),
        .systemLibrary(
            name: "CPostgreSQL", path: "Sources/CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "SluicePostgreSQL",
            dependencies: ["SluiceModels", .target(name: "CPostgreSQL", condition: .when(traits: ["PostgreSQL"]))],
            path: "Sources/PostgreSQL"),
        // What is built on it: the sample application and the bare server for outside checks.
        .executableTarget(
            name: "Example", dependencies: ["Sluice", "SluiceCrypto", httpTypes, logging, arguments], path: "Example",
            exclude: ["Templates", "Static", "Locale", "Migrations"]),
        .target(name: "JSONTree", path: "Tests/JSON"),
        .executableTarget(
            name: "Lab",
            dependencies: [
                "JSONTree", "Sluice", "SluiceServer", "SluiceTLS", sluiceHummingbird, hummingbird, hummingbirdCore,
                serviceLifecycle,
                nioCore, nioPosix, httpTypes, logging, arguments,
            ],
            path: "Tests/Lab"),
        .executableTarget(name: "Workshop", dependencies: ["Sluice", arguments], path: "Tests/Workshop"),
        .executableTarget(
            name: "Instructions",
            dependencies: [
                "SluiceCore", "SluiceChannelLayers", "SluiceConsumers", "SluiceServer", "SluiceTLS", nioCore,
                nioEmbedded,
                httpTypes, logging,
            ],
            path: "Tests/Benchmarks/Instructions"),
        .testTarget(
            name: "WebSocketTests", dependencies: ["CZlib", "SluiceWebSocket", "SluiceTesting", nioCore],
            path: "Tests/WebSocketTests",
            exclude: ["Corpus"]),
        .testTarget(name: "CryptoTests", dependencies: ["SluiceCrypto"], path: "Tests/CryptoTests"),
        .testTarget(
            name: "TLSTests",
            dependencies: [
                "COpenSSL", "SluiceTLS", "SluiceCrypto", "SluiceTesting", nioCore, nioPosix, nioEmbedded,
            ],
            path: "Tests/TLSTests"),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "CZlib", "SluiceWeb", "SluiceCore", "SluiceCrypto", "SluiceServer", "SluiceTesting", nioCore, httpTypes,
                logging,
            ],
            path: "Tests/WebTests"),
        .testTarget(
            name: "ChannelLayersTests", dependencies: ["SluiceChannelLayers", "SluiceCore", "SluiceTesting", nioCore],
            path: "Tests/ChannelLayersTests", exclude: ["Vectors"]),
        .testTarget(
            name: "RedisTests",
            dependencies: [
                "SluiceRedis", "SluiceChannelLayers", "SluiceCore", "SluiceTLS", "SluiceTesting", "SluiceWeb",
                "TestProcesses", nioCore, nioPosix, logging,
            ],
            path: "Tests/RedisTests"),
        .testTarget(
            name: "ConsumersTests",
            dependencies: [
                "SluiceConsumers", "SluiceChannelLayers", "SluiceCore", "SluiceServer", "SluiceTesting", "SluiceWeb",
                nioCore, httpTypes, logging,
            ],
            path: "Tests/ConsumersTests"),
        .testTarget(
            name: "TestingTests",
            dependencies: [
                "SluiceTesting", "SluiceConsumers", "SluiceChannelLayers", "SluiceCore", "SluiceServer", "SluiceTLS",
                "SluiceWebSocket", nioCore, httpTypes,
            ],
            path: "Tests/TestingTests"),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "SluiceServer", "SluiceTesting", "SluiceCore", "SluiceTLS", "SluiceWebSocket", nioCore, nioPosix,
                nioHTTP2, nioHPACK, nioEmbedded, httpTypes, logging,
            ],
            path: "Tests/ServerTests"),
        .testTarget(
            name: "HTTPTests", dependencies: ["SluiceServer", "SluiceTesting", nioCore, httpTypes],
            path: "Tests/HTTPTests"),
        .testTarget(
            name: "CoreTests", dependencies: ["SluiceCore", "SluiceTesting", nioCore, httpTypes],
            path: "Tests/CoreTests"),
        .testTarget(
            name: "ExampleTests",
            dependencies: ["Example", "Sluice", "SluiceCrypto", "SluiceTesting", httpTypes, arguments],
            path: "Tests/ExampleTests"),
        .testTarget(
            name: "ModelViewsTests", dependencies: ["Sluice", "SluiceTesting", httpTypes],
            path: "Tests/ModelViewsTests"),
        .testTarget(
            name: "AccountsTests", dependencies: ["Sluice", "SluiceCrypto", "SluiceTesting"],
            path: "Tests/AccountsTests"),
        // The data layer against cases recorded from Django.
        .target(name: "GoldenModels", dependencies: ["SluiceModels"], path: "Tests/GoldenModels"),
        .executableTarget(
            name: "GoldenCases",
            dependencies: ["GoldenModels", "SluiceModels", "SluiceSQLite", "SluicePostgreSQL", "JSONTree", arguments],
            path: "Tests/GoldenCases", exclude: ["Recorded"]),
        .target(
            name: "DataLayerFloor", dependencies: ["CSQLite"], path: "Tests/Benchmarks/DataLayerFloor"),
        .executableTarget(
            name: "DataLayerBenchmark", dependencies: ["DataLayerFloor", "SluiceModels", "SluiceSQLite"],
            path: "Tests/Benchmarks/DataLayer"),
        .testTarget(name: "GoldenTests", dependencies: ["GoldenCases"], path: "Tests/GoldenTests"),
        // An application with models, as tests start it.
        .executableTarget(
            name: "Shop", dependencies: ["Sluice", arguments], path: "Tests/Shop", packageAccess: false),
        .testTarget(
            name: "ModelsTests",
            dependencies: [
                "GoldenCases", "GoldenModels", "JSONTree", "Shop", "SluiceModels", "SluicePostgreSQL", "SluiceSQLite",
                "TestProcesses",
            ],
            path: "Tests/ModelsTests"),
        // As in an application of somebody else: public interface only.
        .testTarget(
            name: "DatabasesTests", dependencies: ["Sluice", "SluiceTesting", httpTypes], path: "Tests/DatabasesTests",
            packageAccess: false),
        // The built executables as processes, from outside.
        .target(name: "TestProcesses", path: "Tests/Processes"),
        .testTarget(
            name: "CommandsTests",
            dependencies: [
                "Lab", "Example", "Workshop", "TestProcesses", "SluiceCommands", "SluiceChannelLayers", "SluiceCore",
                "SluiceTesting", "SluiceTLS", nioCore, nioPosix, httpTypes, arguments,
            ],
            path: "Tests/CommandsTests"),
        // Checks of the package as a whole.
        .testTarget(name: "ImportEdgeTests", path: "Tests/ImportEdges"),
        .testTarget(
            name: "CompileFailTests", dependencies: ["Sluice", "SluiceModels", nioCore], path: "Tests/CompileFail",
            exclude: ["Programs"]),
        .testTarget(
            name: "BrowserTests", dependencies: ["JSONTree", "TestProcesses", "Sluice", nioCore, nioPosix, nioHTTP1],
            path: "Tests/BrowserTests"),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + settings
}
