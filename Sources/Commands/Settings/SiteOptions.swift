// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser

/// What every application of the framework is configured with beside its listeners.
public struct SiteOptions: ParsableArguments, Sendable {
    /// The default channel layer.
    @Option(help: "Channel layer: memory: (SLUICE_CHANNEL_LAYER, default memory:).")
    public var channelLayer: String?

    /// The file of the signing key.
    @Option(help: "File of the signing key, made with mode 0600 (SLUICE_SECRET_FILE, default .data/secret).")
    public var secretFile: String?

    /// Whether pages tell more than a visitor should know.
    @Flag(help: "Read templates again when they change, and show errors with their causes. Never in public.")
    public var development = false

    /// The defaults.
    public init() {}

    var channelLayerURL: String { channelLayer ?? Environment.text("SLUICE_CHANNEL_LAYER") ?? "memory:" }
    var secretPath: String { secretFile ?? Environment.text("SLUICE_SECRET_FILE") ?? ".data/secret" }
}
