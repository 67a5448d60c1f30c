// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// How much of a form is taken, and where its files wait.
///
/// Put in at start when the defaults do not fit, as `state[FormLimits.self] = limits`; it is its own key.
public struct FormLimits: LifespanStateKey, Sendable, Hashable {
    /// The defaults.
    public static var defaultValue: Self { Self() }

    /// The most fields that are no files; default 1,000 (Django's `DATA_UPLOAD_MAX_NUMBER_FIELDS`).
    public var fieldCount = FormFields.defaultLimit
    /// The most files; default 100 (Django's `DATA_UPLOAD_MAX_NUMBER_FILES`).
    public var fileCount = 100
    /// The most bytes of all fields together, which are kept in memory, and of a whole form without files; default
    /// 2.5 MiB (Django's `DATA_UPLOAD_MAX_MEMORY_SIZE`).
    public var fieldSize = Request.defaultBodyLimit
    /// The most bytes of a whole `multipart/form-data` body with its files; default 32 MiB.
    public var bodySize = 33_554_432
    /// The most bytes of the header fields of one part; default 4 KiB.
    public var headerSize = 4_096
    /// A larger file, in bytes, waits on the disk instead of in memory; default 64 KiB.
    public var memorySize = 65_536
    /// Where files wait, on the disk that they are saved to if possible; default `TMPDIR` of the environment or `/tmp`.
    public var temporaryFolder = TemporaryFile.systemFolder

    /// The defaults.
    public init() {}
}
