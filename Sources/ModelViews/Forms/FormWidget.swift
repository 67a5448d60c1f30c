// SPDX-License-Identifier: Apache-2.0

import SluiceModels

/// What a field of a form is filled in with (Django's widgets), under the name of HTML's `type`, or of the element.
public enum FormWidget: String, Sendable, Hashable {
    case text
    case textarea
    case email
    case url
    case number
    case checkbox
    case date
    case dateTime = "datetime-local"
    case time
    case select
    case file

    /// What fits a column; nil for what no form fills in: keys that are counted, bytes, lengths of time, keys of several
    /// fields, sets of references.
    init?(for field: FieldSchema, hasOptions: Bool) {
        if hasOptions {
            self = .select
            return
        }
        switch field.kind {
        case .char, .slug, .uuid, .ipAddress, .reference: self = .text
        case .text, .json: self = .textarea
        case .email: self = .email
        case .url: self = .url
        case .file: self = .file
        case .boolean: self = .checkbox
        case .smallInteger, .integer, .bigInteger, .positiveSmallInteger, .positiveInteger, .positiveBigInteger, .float,
            .decimal:
            self = .number
        case .date: self = .date
        case .dateTime: self = .dateTime
        case .time: self = .time
        case .auto, .bigAuto, .duration, .binary, .manyToMany, .composite: return nil
        }
    }
}
