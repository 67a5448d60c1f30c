// SPDX-License-Identifier: Apache-2.0

import Sluice

/// How a diagram stands that viewers change: a row once somebody has changed it.
@Model("flows", name: "Flow")
struct FlowRecord {
    @Column(max: 20, unique: true) var name: String
    var rev: Int = 1
    var isGrown: Bool = false
}
