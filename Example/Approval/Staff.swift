// SPDX-License-Identifier: Apache-2.0

import Sluice

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

extension Staff {
    /// The most people who can be chosen from.
    static let limit = 500

    /// Who does what at this moment: the groups of accounts that have the names of roles.
    static func current() async throws -> Staff {
        let active = Account.objects.filter { $0.isActive == true }.order(by: \.id.asc)
        var members: [Role: [String]] = [:]
        for role in Role.allCases {
            let name = role.rawValue
            members[role] = try await active.filter { $0.groups.any { $0.name == name } }.values(\.name).fetch()
        }
        return Staff(members: members, everyone: try await active.values(\.name)[..<limit].fetch())
    }
}
