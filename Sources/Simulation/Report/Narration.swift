internal import Bytes

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
        let who = member.map { SimulatedCluster.label(of: $0) } ?? "--"
        return "\(padded.dropLast(6)).\(padded.suffix(6)) \(who) \(text)"
    }
}

extension SimulatedCluster {
    /// How a reader calls the member.
    static func label(of member: Int) -> String { "n\(member)" }

    /// Tells the story to whoever listens; costs nothing otherwise.
    func tell(_ member: SimulatedMember?, _ text: @autoclosure () -> String) {
        guard let narrate else { return }
        let microseconds = now.nanoseconds(since: Self.beginning) / 1000
        narrate(NarratedLine(microseconds: microseconds, member: member?.number, text: text()))
    }
}
