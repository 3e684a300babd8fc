/// An object's members in the order of the text; no name stands twice.
package struct JSONObject: Hashable, Sendable {
    /// A name with its value.
    package struct Member: Hashable, Sendable {
        package let name: [UInt8]
        package let value: JSONValue

        package init(name: [UInt8], value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    package let members: [Member]

    /// - Parameter members: with different names.
    package init(members: [Member]) { self.members = members }

    /// The value of a member, nil when there is none.
    package subscript(_ name: StaticString) -> JSONValue? {
        members.first { $0.name.equals(name) }?.value
    }

    /// The value of a member whose name is known at run time only.
    package subscript(bytes name: [UInt8]) -> JSONValue? {
        members.first { $0.name == name }?.value
    }

    /// The name of a member that is not among `known`, nil when all are.
    package func firstUnknown(known: [StaticString]) -> [UInt8]? {
        members.first { member in !known.contains { member.name.equals($0) } }?.name
    }
}
