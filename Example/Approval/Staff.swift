// SPDX-License-Identifier: Apache-2.0

/// Who does what in the company.
struct Staff: Sendable {
    enum Role: String, Codable, CaseIterable, Sendable {
        case lead, security, database, operations
    }

    /// By role, in the order in which they are asked.
    let members: [Role: [String]]
    /// Everybody, also those who only apply.
    let everyone: [String]

    func has(_ user: String, _ role: Role) -> Bool {
        members[role]?.contains(user) ?? false
    }

    /// Who may decide in a role about what somebody has applied for: never the applicant. Where that leaves nobody the
    /// leads stand in.
    func approvers(_ role: Role, of applicant: String) -> [String] {
        let others = (members[role] ?? []).filter { $0 != applicant }
        return others.isEmpty ? (members[.lead] ?? []).filter { $0 != applicant } : others
    }
}
