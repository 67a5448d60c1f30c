// SPDX-License-Identifier: Apache-2.0

import SluiceModels

package enum ShirtSize: String, Choices {
    package typealias Present = ShirtSize
    case small = "S"
    case medium = "M"
    case large = "L"
    package var label: String {
        switch self {
        case .small: "Small"
        case .medium: "Medium"
        case .large: "Large"
        }
    }
}

package enum SchoolYear: String, Choices {
    package typealias Present = SchoolYear
    case freshman = "FR"
    case sophomore = "SO"
    case junior = "JR"
    case senior = "SR"
    case graduate = "GR"
    package var label: String {
        switch self {
        case .freshman: "Freshman"
        case .sophomore: "Sophomore"
        case .junior: "Junior"
        case .senior: "Senior"
        case .graduate: "Graduate"
        }
    }
}
