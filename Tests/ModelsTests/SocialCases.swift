// SPDX-License-Identifier: Apache-2.0

import GoldenModels
import SluiceModels
import Testing

extension TypedCases {
    /// The seed's people and groups: models in the middle, one-to-one, sets of references.
    @Suite struct Social {
        @Test func throughModels() async throws {
            try await golden("through.create-row") {
                let hunter = try await Person.objects.create(Person(name: "hunter"))
                let group = try await Group.objects.create(Group(name: "group_1"))
                let m1 = try await Membership.objects.create(
                    Membership(
                        group: .to(group), person: .to(hunter), dateJoined: Day(2022, 1, 1), inviteReason: "xxx"))
                return [
                    try await m1.person.get().name, try await m1.group.get().name,
                    try await hunter.groups.fetch().map(\.name).sorted(),
                    try await group.members.fetch().map(\.name).sorted(),
                ] as [Any]
            }
            try await golden("through.save-row") {
                let ringo = try await Person.objects.create(Person(name: "Ringo Starr"))
                let beatles = try await Group.objects.create(Group(name: "The Beatles"))
                var m1 = Membership(
                    group: .to(beatles), person: .to(ringo), dateJoined: Day(1962, 8, 16),
                    inviteReason: "Needed a new drummer.")
                try await m1.save()
                return [
                    try await beatles.members.fetch().map(\.name), try await ringo.groups.fetch().map(\.name),
                ]
            }
            try await golden("through.group-set") {
                try await Person.objects.get(1).groups.fetch().map(\.name).sorted()
            }
            try await golden("through.members-all") { try await Group.objects.get(1).members.fetch() }
            try await golden("through.add-defaults") {
                let group = try await Group.objects.get { $0.name == "group_9" }
                let paul = try await Person.objects.create(Person(name: "pual"))
                try await group.members.add(paul) { $0.dateJoined.set(to: Day(2022, 1, 1)) }
                return nil
            }
            try await golden("through.set-defaults") {
                let group = try await Group.objects.get(1)
                let jack = try await Person.objects.create(Person(name: "jack"))
                let lucy = try await Person.objects.create(Person(name: "lucy"))
                try await group.members.set([jack, lucy]) { $0.dateJoined.set(to: Day(2022, 1, 1)) }
                return try await group.members.fetch().map(\.name).sorted()
            }
            try await golden("through.remove") {
                let group = try await Group.objects.get(1)
                let person = try #require(try await group.members.order(by: \.id.asc).first())
                try await group.members.remove(person)
                return try await group.members.filter { $0 == person }.exists()
            }
        }

        @Test func searching() async throws {
            try await golden("through.search-members-name") {
                try await Group.objects.filter { $0.members.name == "hunter" }.order(by: \.id.asc).fetch()
            }
            try await golden("through.search-group-name") {
                try await Person.objects.filter { $0.groups.name == "group_1" }.order(by: \.id.asc).fetch()
            }
            try await golden("through.invites-related-name") {
                try await Person.objects.filter { $0.invites.group.name == "group_3" }.distinct().order(by: \.id.asc)
                    .fetch()
            }
            // The same without a join, so that no row has to be made distinct.
            try await golden("through.invites-related-name") {
                try await Person.objects.filter { $0.invites.any { $0.group.name == "group_3" } }.order(by: \.id.asc)
                    .fetch()
            }
            try await golden("through.invites-manager") {
                try await Person.objects.get(1).invites.fetch().map(\.id).sorted()
            }
        }

        @Test func oneToOne() async throws {
            try await golden("o2o.create-empty") {
                try await Restaurant.objects.create(Restaurant()).place.map { $0.id }
            }
            try await golden("o2o.forward") { try await Restaurant.objects.get(3).place?.get().name }
            try await golden("o2o.reverse") { try await Place.objects.get(3).restaurant.get().id }
            try await golden("o2o.reverse-missing") {
                let place = try await Place.objects.create(Place(name: "beijing", address: "beijing"))
                return try await place.restaurant.get().id
            }
        }

        @Test func setsOfReferences() async throws {
            try await golden("relman.fk-create-equivalent") {
                let reporter = try await Reporter.objects.get(2)
                var article = NewsArticle(headline: "Hello", reporter: .to(reporter))
                try await article.save(.insert)
                return (article.id, article.reporter?.id)
            }
            try await golden("relman.fk-remove") {
                let reporter = try await Reporter.objects.get(2)
                let first = try #require(try await reporter.articles.order(by: \.pk.asc).first())
                try await reporter.articles.remove(first)
                return try await reporter.articles.count()
            }
            try await golden("relman.fk-clear") {
                let reporter = try await Reporter.objects.get(2)
                try await reporter.articles.clear()
                return (try await reporter.articles.count(), try await NewsArticle.objects.count())
            }
        }

        @Test func links() async throws {
            try await golden("bulk.m2m-add-two") {
                let group = try await PlainGroup.objects.get(6)
                let (me, friend) = (try await Person.objects.get(1), try await Person.objects.get(2))
                try await group.members.add(me, friend)
                return nil
            }
            try await golden("bulk.m2m-add-one-by-one") {
                let group = try await PlainGroup.objects.get(6)
                let (me, friend) = (try await Person.objects.get(1), try await Person.objects.get(2))
                try await group.members.add(me)
                try await group.members.add(friend)
                return nil
            }
        }
    }
}
