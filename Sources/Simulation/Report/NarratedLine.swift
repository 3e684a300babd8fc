/// One line of the story of a run: when, who, what.
package struct NarratedLine: CustomStringConvertible, Sendable {
    /// Since the world began.
    package let microseconds: UInt64
    /// Nil for what concerns everybody.
    package let member: Int?
    package let text: String

    package var description: String {
        let digits = String(microseconds)
        let padded = String(repeating: "0", count: max(0, 7 - digits.count)) + digits
        let who = member.map { SimulatedMember.label(of: $0) } ?? "--"
        return "\(padded.dropLast(6)).\(padded.suffix(6)) \(who) \(text)"
    }
}
