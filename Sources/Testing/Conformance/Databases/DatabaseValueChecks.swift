// SPDX-License-Identifier: Apache-2.0

#if Models
import FoundationEssentials
import SluiceModels

extension DatabaseConformance {
    private typealias Item = ConformanceItem

    private static let texts = [
        "", " ", "'; DROP TABLE conformance_item; --", "\" OR 1=1 --", "\\", "%", "_", "?", "$1", ":a", "''", "\n\r\t",
        "聊天", "e\u{301}", "👩🏽‍💻", "\u{1}", "100%_\\%",
    ]

    static let values: [Check] = [
        Check("Values of every kind come back as they were") { _ in
            var item = Item(name: "full", number: .min, price: ExactDecimal("-99999999999.9999"))
            item.ratio = -0.1
            item.flag = false
            item.day = Day("0001-01-01")
            item.moment = Timestamp("2024-02-29 23:59:59.999999")
            item.clock = ClockTime("00:00:00.000001")
            item.span = .seconds(-90) - .microseconds(1)
            item.token = UUID()
            item.data = JSONValue(#"{"a": [1, -0.5, null, true, "x\"聊"], "b": {}}"#)
            item.octets = [0, 255, 39, 92, 0]
            let made = try await Item.objects.create(item)
            let found = try await Item.objects.get(made.id)
            try expect(found.number == .min && found.price == item.price, "whole numbers and decimals")
            try expect(found.ratio == -0.1 && found.flag == false, "floating-point numbers and truth values")
            try expect(found.day == item.day && found.moment == item.moment && found.clock == item.clock, "times")
            try expect(found.span == item.span, "a negative length of time")
            try expect(found.token == item.token, "an UUID")
            try expect(found.data == item.data && found.octets == item.octets, "JSON and bytes")
            let empty = try await Item.objects.create(Item(name: "empty"))
            let other = try await Item.objects.get(empty.id)
            try expect(other.number == nil && other.price == nil && other.ratio == nil && other.flag == nil, "NULL")
            try expect(other.day == nil && other.moment == nil && other.clock == nil && other.span == nil, "NULL")
            try expect(other.token == nil && other.data == nil && other.octets == nil, "NULL")
        },
        Check("Hostile texts are data: stored, found and looked for") { _ in
            for text in texts { _ = try await Item.objects.create(Item(name: text)) }
            for text in texts {
                let found = try await Item.objects.filter { $0.name == text }.fetch().map(\.name)
                try expect(found == [text], "\(text.debugDescription) was found as \(found)")
                let containing = try await Item.objects.filter { $0.name.contains(text) }.fetch().map(\.name)
                let scalars = Array(text.unicodeScalars)
                let wanted = texts.filter { scalars.isEmpty || Array($0.unicodeScalars).contains(scalars) }
                try expect(
                    Set(containing) == Set(wanted), "what contains \(text.debugDescription): \(containing)")
            }
        },
        Check("Texts are compared letter by letter; without regard to case only where that is asked") { _ in
            for name in ["Äpfel", "äpfel", "APFEL", "apfel"] { _ = try await Item.objects.create(Item(name: name)) }
            let exact = try await Item.objects.filter { $0.name.startsWith("ap") }.count()
            try expect(exact == 1, "\(exact) begin with ap")
            let folded = try await Item.objects.filter { $0.name.istartsWith("AP") }.count()
            try expect(folded == 2, "\(folded) begin with ap in some case")
            let umlauts = try await Item.objects.filter { $0.name.iexact("ÄPFEL") }.count()
            try expect(umlauts == 2, "\(umlauts) are äpfel in some case")
            let ordered = try await Item.objects.order(by: \.name.asc).values(\.name).fetch()
            try expect(ordered == ["APFEL", "apfel", "Äpfel", "äpfel"], "the order is \(ordered)")
        },
        Check("A missing value comes last upwards and first downwards, and is equal to nothing") { _ in
            for (name, number) in [("a", 2), ("b", nil), ("c", 1)] as [(String, Int64?)] {
                _ = try await Item.objects.create(Item(name: name, number: number))
            }
            let up = try await Item.objects.order(by: \.number.asc).values(\.name).fetch()
            try expect(up == ["c", "a", "b"], "upwards: \(up)")
            let down = try await Item.objects.order(by: \.number.desc).values(\.name).fetch()
            try expect(down == ["b", "a", "c"], "downwards: \(down)")
            let others = try await Item.objects.exclude { $0.number == 1 }.count()
            try expect(others == 2, "\(others) are not 1")
        },
        Check("Decimals are added and compared exactly") { _ in
            for index in 0..<10 {
                _ = try await Item.objects.create(Item(name: "\(index)", price: ExactDecimal("0.1")))
            }
            let sum = try await Item.objects.aggregate { $0.price.sum() }
            try expect(sum == ExactDecimal("1"), "ten times 0.1 are \(sum.map { "\($0)" } ?? "nothing")")
            _ = try await Item.objects.create(Item(name: "large", price: ExactDecimal("99999999999.0001")))
            let greater = try await Item.objects.filter {
                $0.price > (ExactDecimal("99999999999") ?? ExactDecimal(0))
            }.count()
            try expect(greater == 1, "\(greater) are greater")
        },
        Check("Members of JSON are looked for by their paths") { _ in
            var item = Item(name: "a")
            item.data = JSONValue(#"{"tags": ["x", "y"], "o'k": {"n": 1}}"#)
            _ = try await Item.objects.create(item)
            let deep = try await Item.objects.filter { $0.data["o'k"]["n"] == JSONValue("1") }.count()
            try expect(deep == 1, "\(deep) have o'k.n")
            let element = try await Item.objects.filter { $0.data["tags"][1] == JSONValue("\"y\"") }.count()
            try expect(element == 1, "\(element) have y")
        },
    ]
}
#endif
