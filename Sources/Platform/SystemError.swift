/// A failed system call, with the number that the system gave.
package struct SystemError: Error, Hashable, Sendable {
    package let call: StaticName
    /// The value of `errno`.
    package let code: Int32

    package init(call: StaticName, code: Int32) {
        self.call = call
        self.code = code
    }
}

/// A system call's name; a type so that equality does not depend on where the literal lies.
package struct StaticName: Hashable, Sendable, ExpressibleByStringLiteral {
    package let text: String

    package init(stringLiteral text: StaticString) { self.text = text.description }
}
